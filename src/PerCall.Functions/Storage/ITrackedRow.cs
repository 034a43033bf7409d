using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Storage;

/// <summary>A row of a <see cref="TrackedTable{T}"/>.</summary>
public interface ITrackedRow : IStoredRow
{
    /// <summary>Letters, digits, dots, dashes and underscores.</summary>
    string Id { get; }

    DateTimeOffset CreatedAt { get; }

    /// <summary>When a sweep has to check whether the row's message was lost; null when the row is complete.</summary>
    DateTimeOffset? LookAfter { get; set; }

    /// <summary>Number of times a sweep has sent the row's message again since the last attempt.</summary>
    int Resent { get; set; }

    /// <summary>As stored: the key of the companion row that the sweep reads.</summary>
    string? Watch { get; set; }
}
