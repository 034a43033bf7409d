using System.Text.Json.Serialization;

namespace PerCall.Functions.Metering.Export;

/// <summary>How far the journals have been exported.</summary>
/// <param name="Next">The number of the next file, from 1.</param>
/// <param name="Hour">The hour before which all journals are completely exported; empty: none.</param>
/// <param name="Offsets">The exported bytes of each later journal, by blob.</param>
public sealed record ExportCursor(int Next, string Hour, IReadOnlyDictionary<string, long> Offsets)
{
    public static ExportCursor Start { get; } = new(1, "", new Dictionary<string, long>());
}

/// <summary>
/// The content of one file. The plan is stored before the file, so that any process that finishes the file writes the same events.
/// </summary>
/// <param name="Ranges">The journal ranges in the file.</param>
/// <param name="After">The cursor after the file is written.</param>
public sealed record ExportPlan(IReadOnlyList<ExportRange> Ranges, ExportCursor After);

/// <summary>A range of whole lines in a journal blob, in bytes.</summary>
public sealed record ExportRange(string Blob, long From, long To);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExportCursor))]
[JsonSerializable(typeof(ExportPlan))]
public sealed partial class ExportJson : JsonSerializerContext;
