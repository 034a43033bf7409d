using Microsoft.Extensions.DependencyInjection;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// The kinds of messages of shards. A shard counts its own starts, so a message that was delivered too often is sent again.
/// </summary>
public static class ShardKinds
{
    /// <summary>Scores parts of files, or counts their lines.</summary>
    public static WorkKind Computing(IServiceProvider services) => new(ShardQueue.Kind, async (message, cancellation) =>
    {
        var shard = ShardQueue.Parse(message);
        await (shard.Counts
            ? services.GetRequiredService<LineCounter>().CountAsync(shard, cancellation)
            : services.GetRequiredService<ShardRunner>().RunAsync(shard, message.Delivery, cancellation));
        return true;
    })
    {
        Queue = WorkQueue.Shards,
        OldQueues = ["shards-poison"],
        GiveUpAsync = (message, cancellation) => ReviveAsync(services, message, cancellation),
    };

    /// <summary>Sends parts of files to large models.</summary>
    public static WorkKind Calling(IServiceProvider services) => new(ShardQueue.Calls, async (message, cancellation) =>
    {
        await services.GetRequiredService<CallRunner>().RunAsync(ShardQueue.Parse(message), message.Delivery, cancellation);
        return true;
    })
    {
        TakesPlace = true,
        OldQueues = ["calls", "calls-poison"],
        GiveUpAsync = (message, cancellation) => ReviveAsync(services, message, cancellation),
    };

    private static Task ReviveAsync(IServiceProvider services, WorkMessage message, CancellationToken cancellation) =>
        services.GetRequiredService<LostShards>().ReviveAsync(ShardQueue.Parse(message), cancellation);
}
