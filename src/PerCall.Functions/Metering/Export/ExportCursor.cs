using System.Text.Json.Serialization;

namespace PerCall.Functions.Metering.Export;

/// <summary>What has been exported.</summary>
/// <param name="Next">The number of the next file, from 1.</param>
/// <param name="Hour">The hour before which all journals have been exported whole; empty: none.</param>
/// <param name="Offsets">How far each later journal has been.</param>
public sealed record ExportCursor(int Next, string Hour, IReadOnlyDictionary<string, long> Offsets)
{
    public static ExportCursor Start { get; } = new(1, "", new Dictionary<string, long>());
}

/// <summary>What goes into a file. It is stored before the file is, so that whoever finishes the file writes the same events.</summary>
/// <param name="Ranges">Parts of journals.</param>
/// <param name="After">The cursor once the file is there.</param>
public sealed record ExportPlan(IReadOnlyList<ExportRange> Ranges, ExportCursor After);

/// <summary>Whole lines of a journal.</summary>
public sealed record ExportRange(string Blob, long From, long To);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExportCursor))]
[JsonSerializable(typeof(ExportPlan))]
public sealed partial class ExportJson : JsonSerializerContext;
