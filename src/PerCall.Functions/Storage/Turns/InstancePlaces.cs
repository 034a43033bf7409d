namespace PerCall.Functions.Storage.Turns;

/// <summary>
/// Limits how much of a kind of work this instance does concurrently, in total and per account. Work counts until it ends, also when its
/// turn has expired.
/// </summary>
/// <param name="atOnce">Limit in total.</param>
/// <param name="ofAccount">Limit per account.</param>
public sealed class InstancePlaces(int atOnce, int ofAccount)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Takes a place, which is free again on disposal. Returns null when none is free.</summary>
    public IDisposable? TryTake(string account)
    {
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(account);
            if (_all >= atOnce || taken >= ofAccount)
            {
                return null;
            }

            _all++;
            _taken[account] = taken + 1;
            return new Place(this, account);
        }
    }

    private void Free(string account)
    {
        lock (_lock)
        {
            _all--;
            if (--_taken[account] == 0)
            {
                _taken.Remove(account);
            }
        }
    }

    private sealed class Place(InstancePlaces places, string account) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                places.Free(account);
            }
        }
    }
}
