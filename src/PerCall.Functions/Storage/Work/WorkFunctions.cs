using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Storage.Work;

/// <summary>The functions of all queues. On Flex Consumption each queue scales by itself, so there are as few as can be.</summary>
public sealed class WorkFunctions(WorkDispatcher dispatcher)
{
    /// <summary>Messages of <c>shards</c> without a kind are those of earlier versions.</summary>
    public const string KindlessShards = "shard";

    [Function("ProcessWork")]
    public Task Work([QueueTrigger(WorkQueue.Name)] QueueMessage message, CancellationToken cancellation) =>
        dispatcher.RunAsync(message, kindless: null, cancellation);

    [Function("ProcessShards")]
    public Task Shards([QueueTrigger(WorkQueue.Shards)] QueueMessage message, CancellationToken cancellation) =>
        dispatcher.RunAsync(message, KindlessShards, cancellation);

    /// <summary>Ends work whose messages failed too often, of both queues.</summary>
    [Function("ProcessPoison")]
    public Task Poison([QueueTrigger(WorkQueue.Poison)] QueueMessage message, CancellationToken cancellation) =>
        dispatcher.GiveUpAsync(message, cancellation);
}
