namespace PerCall.Functions.Storage.Turns;

/// <summary>
/// How much of a kind of work this instance does at once, in all and of one account: what has its turn, and what goes on although its turn
/// has lapsed.
/// </summary>
/// <param name="atOnce">In all.</param>
/// <param name="ofAccount">Of one account.</param>
public sealed class InstancePlaces(int atOnce, int ofAccount)
{
    /// <summary>After how long to ask again for a place that was not free.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Takes a place until it is disposed of; null: none is free.</summary>
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
