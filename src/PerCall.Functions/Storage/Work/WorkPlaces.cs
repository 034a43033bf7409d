namespace PerCall.Functions.Storage.Work;

/// <summary>
/// The places of this instance for messages that can keep their slot for long. Each kind has one place that others cannot take, and all
/// share the rest. So a kind that has taken all it can get leaves a place for each other kind.
/// </summary>
public sealed class WorkPlaces
{
    /// <summary>
    /// Places of an instance. The host receives further messages while it runs no more than <c>newBatchThreshold</c> (host.json), so that
    /// has to be at least this number.
    /// </summary>
    public const int Total = 8;

    /// <summary>
    /// How long a message waits for a place: one message of each kind, so that a place that becomes free is used at once.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken;
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);
    private readonly int _total;
    private readonly TimeProvider _time;

    /// <param name="kinds">The kinds that take places.</param>
    /// <param name="total">Number of places; at least one for each kind.</param>
    /// <param name="time">The clock.</param>
    public WorkPlaces(IEnumerable<string> kinds, int total, TimeProvider time)
    {
        _taken = kinds.ToDictionary(k => k, _ => 0, StringComparer.Ordinal);
        ArgumentOutOfRangeException.ThrowIfLessThan(total, _taken.Count);
        (_total, _time) = (total, time);
    }

    /// <summary>Takes a place, which is free again on disposal. Returns null when none becomes free in time.</summary>
    public async Task<IDisposable?> TakeAsync(string kind, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            TaskCompletionSource freed;
            lock (_lock)
            {
                if (TryTake(kind) is { } place)
                {
                    return place;
                }

                if (_waiting.ContainsKey(kind))
                {
                    return null;
                }

                _waiting[kind] = freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            try
            {
                var left = Patience - _time.GetElapsedTime(started);
                await freed.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellation);
            }
            catch (TimeoutException)
            {
                return null;
            }
            finally
            {
                lock (_lock)
                {
                    if (_waiting.GetValueOrDefault(kind) == freed)
                    {
                        _waiting.Remove(kind);
                    }
                }
            }
        }
    }

    private Place? TryTake(string kind)
    {
        // The first place of each kind counts as taken.
        if (_taken[kind] > 0 && _taken.Values.Sum(t => Math.Max(t, 1)) >= _total)
        {
            return null;
        }

        _taken[kind]++;
        return new(this, kind);
    }

    private void Free(string kind)
    {
        lock (_lock)
        {
            _taken[kind]--;
            foreach (var (_, waiting) in _waiting)
            {
                waiting.TrySetResult();
            }

            _waiting.Clear();
        }
    }

    private sealed class Place(WorkPlaces places, string kind) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                places.Free(kind);
            }
        }
    }
}
