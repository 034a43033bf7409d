using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Sends and parses the messages of shards. Shards of calls on large models are in the queue of other work. They wait most of the time, and
/// an instance takes only a few messages of a queue at once, so in the queue <c>shards</c> they would hold up those that compute.
/// </summary>
public sealed class ShardQueue(QueueServiceClient queues, WorkQueue work)
{
    /// <summary>The kind of shards that compute.</summary>
    public const string Kind = WorkFunctions.KindlessShards;

    /// <summary>The kind of shards of calls on large models.</summary>
    public const string Calls = "calls";

    /// <summary>The number of messages sent in parallel.</summary>
    public const int SendsAtOnce = 8;

    private readonly QueueClient _queue = queues.GetQueueClient(WorkQueue.Shards);
    private readonly WorkQueue _shards = new(queues.GetQueueClient(WorkQueue.Shards));

    public Task SendAsync(IEnumerable<ShardMessage> messages, CancellationToken cancellation) => Parallel.ForEachAsync(
        messages,
        new ParallelOptions { MaxDegreeOfParallelism = SendsAtOnce, CancellationToken = cancellation },
        async (message, cancel) => await SendAsync(message, TimeSpan.Zero, cancel));

    /// <summary>Sends a message that is delivered after a delay.</summary>
    public Task SendAsync(ShardMessage message, TimeSpan delay, CancellationToken cancellation)
    {
        var (queue, kind) = message.Calls ? (work, Calls) : (_shards, Kind);
        return queue.SendAsync(
            WorkMessage.Create(kind, message, ShardJson.Default.ShardMessage) with { Traceparent = message.Traceparent },
            delay,
            cancellation);
    }

    /// <summary>Returns the insertion time of the next shard that computes and is to be delivered; null: none is waiting.</summary>
    public async Task<DateTimeOffset?> WaitingSinceAsync(CancellationToken cancellation)
    {
        PeekedMessage? first = await _queue.PeekMessageAsync(cancellation);
        return first?.InsertedOn;
    }

    public static ShardMessage Parse(WorkMessage message) =>
        message.Read(ShardJson.Default.ShardMessage) with { Traceparent = message.Traceparent };
}
