using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// The body of a shard's message, with all data needed to start.
/// </summary>
public sealed record ShardMessage
{
    public required string Account { get; init; }

    public required string Job { get; init; }

    /// <summary>The number of the shard; with <see cref="Counts"/>, the number of the part whose lines are counted.</summary>
    public required int Shard { get; init; }

    public bool Counts { get; init; }

    /// <summary>Whether the rows are calls on a large model. Such shards are in the queue of other work, because they wait.</summary>
    public bool Calls { get; init; }

    /// <summary>Whether the shard was given back with answers that are kept for its next turn.</summary>
    public bool Kept { get; init; }

    public ShardCut Cut { get; init; }

    /// <summary>How often the shard was given out before.</summary>
    public int Tries { get; init; }

    /// <summary>The trace context of the span that first gave out the shard. It is a member of the message around this body.</summary>
    [JsonIgnore]
    public string? Traceparent { get; init; }
}

/// <summary>The position of a shard in the file.</summary>
/// <param name="From">The offset of its first byte; for an archive, in the central directory.</param>
/// <param name="To">The offset after its last byte.</param>
/// <param name="Line">The line number at <paramref name="From"/>; for an archive, the number of the first entry.</param>
/// <param name="Rows">The number of rows as counted.</param>
public readonly record struct ShardCut(long From, long To, long Line, long Rows);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShardMessage))]
public sealed partial class ShardJson : JsonSerializerContext;
