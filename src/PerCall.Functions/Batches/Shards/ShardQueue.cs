using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Sends and parses messages of the queue <c>shards</c>.</summary>
public sealed class ShardQueue(QueueServiceClient queues)
{
    public const string Name = "shards";
    public const string Poison = Name + "-poison";

    /// <summary>The number of messages sent in parallel.</summary>
    public const int SendsAtOnce = 8;

    private readonly QueueClient _queue = queues.GetQueueClient(Name);

    public Task SendAsync(IEnumerable<ShardMessage> messages, CancellationToken cancellation) => Parallel.ForEachAsync(
        messages,
        new ParallelOptions { MaxDegreeOfParallelism = SendsAtOnce, CancellationToken = cancellation },
        async (message, cancel) =>
            await _queue.SendMessageAsync(
                new BinaryData(
                    JsonSerializer.SerializeToUtf8Bytes(
                        message with { Traceparent = message.Traceparent ?? Traces.Current },
                        ShardJson.Default.ShardMessage)), cancellationToken: cancel));

    /// <summary>Returns the insertion time of the next message to be delivered; null: no message is waiting.</summary>
    public async Task<DateTimeOffset?> WaitingSinceAsync(CancellationToken cancellation)
    {
        PeekedMessage? first = await _queue.PeekMessageAsync(cancellation);
        return first?.InsertedOn;
    }

    public static ShardMessage Parse(BinaryData body) => JsonSerializer.Deserialize(body, ShardJson.Default.ShardMessage)!;
}
