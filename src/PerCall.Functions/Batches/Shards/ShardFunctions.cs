using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Shards;

/// <summary>The queue <c>shards</c>: parts of files to be scored, or to have their lines counted.</summary>
public sealed class ShardFunctions(ShardRunner runner, LineCounter counter, LostShards lost)
{
    [Function("RunShard")]
    public Task Run([QueueTrigger(ShardQueue.Name)] QueueMessage message, CancellationToken cancellation)
    {
        var shard = ShardQueue.Parse(message.Body);
        return shard.Counts ? counter.CountAsync(shard, cancellation) : runner.RunAsync(shard, message.DequeueCount, cancellation);
    }

    /// <summary>
    /// What has failed, or ended its process, as often as the queue allows. It is given out again: how often a shard is tried, it counts
    /// itself.
    /// </summary>
    [Function("ReviveShard")]
    public Task Revive([QueueTrigger(ShardQueue.Poison)] QueueMessage message, CancellationToken cancellation) =>
        lost.ReviveAsync(ShardQueue.Parse(message.Body), cancellation);
}
