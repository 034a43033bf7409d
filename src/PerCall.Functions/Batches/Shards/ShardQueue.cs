using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>The queue <c>shards</c>.</summary>
public sealed class ShardQueue(QueueServiceClient queues)
{
    public const string Name = "shards";
    public const string Poison = Name + "-poison";

    /// <summary>Messages that are sent in parallel.</summary>
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

    /// <summary>Since when the message waits that is to be received next; null: none waits.</summary>
    public async Task<DateTimeOffset?> WaitingSinceAsync(CancellationToken cancellation)
    {
        PeekedMessage? first = await _queue.PeekMessageAsync(cancellation);
        return first?.InsertedOn;
    }

    public static ShardMessage Parse(BinaryData body) => JsonSerializer.Deserialize(body, ShardJson.Default.ShardMessage)!;
}
