using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// How many shards an instance scores at once. One that was begun before and not ended, perhaps because it ended its process, is worked on
/// alone: should it do so again, no other is taken down with it but those that are scored and being stored, and it is known which one did
/// it.
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

    /// <summary>Slots of an instance: one more than its threads, so that the others compute while one reads and writes.</summary>
    public static int CountOf(int threads) => threads + 1;

    /// <summary>Waits for a slot, for so long.</summary>
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
