using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// A message of the queue <c>shards</c>: all that is needed to begin. (Names differ from those of the host's own binding data.)
/// </summary>
public sealed record ShardMessage
{
    public required string Account { get; init; }

    public required string Job { get; init; }

    /// <summary>The shard's number; or, with <see cref="Counts"/>, that of the part whose lines are counted.</summary>
    public required int Shard { get; init; }

    public bool Counts { get; init; }

    public ShardCut Cut { get; init; }

    /// <summary>How often the shard was given out before.</summary>
    public int Tries { get; init; }

    /// <summary>The context of the span that gave it out first.</summary>
    public string? Traceparent { get; init; }
}

/// <summary>A shard's place in the file.</summary>
/// <param name="From">Its first byte; of an archive, in the central directory.</param>
/// <param name="To">Behind its last byte.</param>
/// <param name="Line">The line at <paramref name="From"/>; of an archive its first entry's number.</param>
/// <param name="Rows">As they were counted.</param>
public readonly record struct ShardCut(long From, long To, long Line, long Rows);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShardMessage))]
public sealed partial class ShardJson : JsonSerializerContext;
