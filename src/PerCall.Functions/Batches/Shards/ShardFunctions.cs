using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Processes the queue <c>shards</c>: scores parts of files or counts their lines.</summary>
public sealed class ShardFunctions(ShardRunner runner, LineCounter counter, LostShards lost)
{
    [Function("RunShard")]
    public Task Run([QueueTrigger(ShardQueue.Name)] QueueMessage message, CancellationToken cancellation)
    {
        var shard = ShardQueue.Parse(message.Body);
        return shard.Counts ? counter.CountAsync(shard, cancellation) : runner.RunAsync(shard, message.DequeueCount, cancellation);
    }

    /// <summary>Sends a message again after the queue's maximum number of failed deliveries. The shard counts its own attempts.</summary>
    [Function("ReviveShard")]
    public Task Revive([QueueTrigger(ShardQueue.Poison)] QueueMessage message, CancellationToken cancellation) =>
        lost.ReviveAsync(ShardQueue.Parse(message.Body), cancellation);
}
