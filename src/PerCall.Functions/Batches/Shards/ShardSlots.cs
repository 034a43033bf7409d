using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Limits how many shards an instance scores at once. A shard that was started before and did not finish, perhaps because it ended its
/// process, runs alone. If it ends the process again, it takes down no other shards except those that are scored and being stored, and the
/// cause is known.
/// </summary>
public sealed class ShardSlots : IDisposable
{
    private readonly SemaphoreSlim _slots;
    private readonly SemaphoreSlim _alone = new(1);
    private readonly int _count;

    public ShardSlots(IOptions<BatchOptions> options)
    {
        _count = CountOf(options.Value.ThreadCount());
        _slots = new(_count);
    }

    /// <summary>
    /// Returns the number of slots of an instance: one more than its threads, so that all threads compute while one shard reads and writes.
    /// </summary>
    public static int CountOf(int threads) => threads + 1;

    /// <summary>Waits for a slot until the timeout.</summary>
    public async Task<IDisposable?> TryEnterAsync(TimeSpan patience, CancellationToken cancellation) =>
        await _slots.WaitAsync(patience, cancellation) ? new Slots(_slots, 1) : null;

    /// <summary>Waits for all slots.</summary>
    public async Task<IDisposable> EnterAloneAsync(CancellationToken cancellation)
    {
        await _alone.WaitAsync(cancellation);
        var taken = 0;
        try
        {
            for (; taken < _count; taken++)
            {
                await _slots.WaitAsync(cancellation);
            }

            return new Slots(_slots, taken);
        }
        catch
        {
            new Slots(_slots, taken).Dispose();
            throw;
        }
        finally
        {
            _alone.Release();
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _alone.Dispose();
    }

    private sealed class Slots(SemaphoreSlim slots, int count) : IDisposable
    {
        private int _left = count;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 0) is > 0 and var left)
            {
                slots.Release(left);
            }
        }
    }
}
