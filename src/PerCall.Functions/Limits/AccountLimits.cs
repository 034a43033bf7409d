using System.Threading.RateLimiting;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>One account's limits on this instance, as its plan has them now.</summary>
/// <param name="row">Where instances share the rate.</param>
/// <param name="usualCalls">Calls at once where the plan does not say.</param>
/// <param name="time">The clock.</param>
public sealed class AccountLimits(RateRow row, int usualCalls, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly int _usualCalls = usualCalls;
    private LeasedRateLimiter? _rate;
    private ConcurrencyLimiter _concurrency = Limiter(usualCalls);
    private long _touched;

    /// <summary>Null: the plan has none.</summary>
    public LeasedRateLimiter? Rate { get; private set; }

    public ConcurrencyLimiter Concurrency => _concurrency;

    /// <summary>Calls at once on this instance.</summary>
    public int ConcurrentCalls { get; private set; } = usualCalls;

    public void Follow(PlanTerms terms)
    {
        _touched = time.GetTimestamp();
        var calls = terms.ConcurrentCalls ?? _usualCalls;
        if (Rate?.Quota == terms.RequestsPerMinute && ConcurrentCalls == calls)
        {
            return;
        }

        lock (_lock)
        {
            if (terms.RequestsPerMinute is { } quota)
            {
                // A limiter that a plan had before still knows what was spent.
                _rate ??= new(row, time) { Quota = quota };
                _rate.Quota = quota;
            }

            Rate = terms.RequestsPerMinute is null ? null : _rate;
            if (ConcurrentCalls != calls)
            {
                // Calls that run already do not count against the new number.
                ConcurrentCalls = calls;
                _concurrency = Limiter(calls);
            }
        }
    }

    /// <summary>Whether nothing is lost if it is forgotten.</summary>
    public bool IsIdle(TimeSpan idle) =>
        time.GetElapsedTime(_touched) >= idle
        && (_rate is null || _rate.IdleDuration is not null)
        && _concurrency.GetStatistics()!.CurrentAvailablePermits == ConcurrentCalls;

    public Task UpkeepAsync() => _rate?.UpkeepAsync() ?? Task.CompletedTask;

    public Task GiveBackAsync() => _rate?.GiveBackAsync() ?? Task.CompletedTask;

    private static ConcurrencyLimiter Limiter(int calls) => new(new() { PermitLimit = calls, QueueLimit = 0 });
}
