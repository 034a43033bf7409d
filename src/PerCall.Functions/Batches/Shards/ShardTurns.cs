using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Decides when a shard received by this instance can run.</summary>
public sealed class ShardTurns(
    ShardSlots slots, ShardQueue queue, JobCache jobs, IOptions<BatchOptions> options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _givingBack = new(1);

    /// <summary>
    /// Waits until this instance works on nothing else for batches, and blocks other shards until the result is disposed.
    /// </summary>
    public Task<IDisposable> EnterAloneAsync(CancellationToken cancellation) => slots.EnterAloneAsync(cancellation);

    /// <summary>
    /// Waits for a slot. Near the end of a job, when all shards are given out and the queue is empty, some instances have waiting shards
    /// while others are idle. Then this instance gives its waiting shards back, one at a time.
    /// </summary>
    /// <returns>The slot; null: the shard has been given back.</returns>
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
                    // Give other instances time to receive the shard before this one polls for more.
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
