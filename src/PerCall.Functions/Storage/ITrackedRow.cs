using Azure.Data.Tables;

namespace PerCall.Functions.Storage;

/// <summary>A row of a <see cref="TrackedTable{T}"/>.</summary>
public interface ITrackedRow : ITableEntity
{
    /// <summary>Letters, digits, dots, dashes and underscores.</summary>
    string Id { get; }

    DateTimeOffset CreatedAt { get; }

    /// <summary>From when on a sweep has to see whether it was forgotten; null: it has come to its end.</summary>
    DateTimeOffset? LookAfter { get; set; }

    /// <summary>How often a sweep has sent the row's message again since the last attempt.</summary>
    int Resent { get; set; }

    /// <summary>As stored: the key of the row beside it that tells the sweep.</summary>
    string? Watch { get; set; }
}
