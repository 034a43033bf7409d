using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>When a shard that this instance has received has its turn here.</summary>
public sealed class ShardTurns(
    ShardSlots slots, ShardQueue queue, JobCache jobs, IOptions<BatchOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _givingBack = new(1);

    /// <summary>Waits until nothing else of a batch is worked on here, and keeps it so.</summary>
    public Task<IDisposable> EnterAloneAsync(CancellationToken cancellation) => slots.EnterAloneAsync(cancellation);

    /// <summary>
    /// Waits for a slot. Near a job's end, when no more is given out and nothing waits in the queue, some instances have shards waiting and
    /// others have none: what waits here is given back, one at a time.
    /// </summary>
    /// <returns>Null: the shard has been given back.</returns>
    public async Task<IDisposable?> EnterAsync(ShardMessage message, ShardPresence.Held held, CancellationToken cancellation)
    {
        while (true)
        {
            if (await slots.TryEnterAsync(options.Value.QueuePoll, cancellation) is { } slot)
            {
                return slot;
            }

            if (await IsLastAsync(message, cancellation) && await _givingBack.WaitAsync(TimeSpan.Zero, cancellation))
            {
                try
                {
                    await queue.SendAsync([message], cancellation);
                    held.GiveBack();
                    // Others have the time to get it before this one asks for more.
                    await Task.Delay(options.Value.QueuePoll, time, cancellation);
                    return null;
                }
                finally
                {
                    _givingBack.Release();
                }
            }
        }
    }

    public void Dispose() => _givingBack.Dispose();

    private async Task<bool> IsLastAsync(ShardMessage message, CancellationToken cancellation) =>
        await jobs.FindAsync(message.Account, message.Job) is { Plan: { } plan, Progress.Dispatched: var dispatched }
            && dispatched >= plan.Shards && await queue.WaitingSinceAsync(cancellation) is null;
}
