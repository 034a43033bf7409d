using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Sends and parses messages of the queue <c>shards</c>, and of the queue <c>calls</c> for shards of calls on large models. An instance
/// takes only a few messages of a queue at once, and shards of calls wait most of the time. In one queue they would hold up the others.
/// </summary>
public sealed class ShardQueue(QueueServiceClient queues)
{
    public const string Name = "shards";
    public const string Poison = Name + "-poison";
    public const string Calls = "calls";
    public const string CallsPoison = Calls + "-poison";

    /// <summary>The number of messages sent in parallel.</summary>
    public const int SendsAtOnce = 8;

    private readonly QueueClient _queue = queues.GetQueueClient(Name);
    private readonly QueueClient _calls = queues.GetQueueClient(Calls);

    public Task SendAsync(IEnumerable<ShardMessage> messages, CancellationToken cancellation) => Parallel.ForEachAsync(
        messages,
        new ParallelOptions { MaxDegreeOfParallelism = SendsAtOnce, CancellationToken = cancellation },
        async (message, cancel) => await SendAsync(message, TimeSpan.Zero, cancel));

    /// <summary>Sends a message that is delivered after a delay.</summary>
    public Task SendAsync(ShardMessage message, TimeSpan delay, CancellationToken cancellation) => QueueOf(message.Calls).SendMessageAsync(
        new BinaryData(
            JsonSerializer.SerializeToUtf8Bytes(
                message with { Traceparent = message.Traceparent ?? Traces.Current },
                ShardJson.Default.ShardMessage)),
        visibilityTimeout: delay,
        cancellationToken: cancellation);

    /// <summary>Returns the insertion time of the next message to be delivered; null: no message is waiting.</summary>
    /// <param name="calls">Whether to look into the queue of calls.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    public async Task<DateTimeOffset?> WaitingSinceAsync(bool calls, CancellationToken cancellation)
    {
        PeekedMessage? first = await QueueOf(calls).PeekMessageAsync(cancellation);
        return first?.InsertedOn;
    }

    public static ShardMessage Parse(BinaryData body) => JsonSerializer.Deserialize(body, ShardJson.Default.ShardMessage)!;

    private QueueClient QueueOf(bool calls) => calls ? _calls : _queue;
}
