using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Processes the queue <c>calls</c>: sends parts of files to large models.</summary>
public sealed class CallFunctions(CallRunner runner, LostShards lost)
{
    [Function("RunCalls")]
    public Task Run([QueueTrigger(ShardQueue.Calls)] QueueMessage message, CancellationToken cancellation) =>
        runner.RunAsync(ShardQueue.Parse(message.Body), message.DequeueCount, cancellation);

    /// <inheritdoc cref="ShardFunctions.Revive"/>
    [Function("ReviveCalls")]
    public Task Revive([QueueTrigger(ShardQueue.CallsPoison)] QueueMessage message, CancellationToken cancellation) =>
        lost.ReviveAsync(ShardQueue.Parse(message.Body), cancellation);
}
