using System.Threading.RateLimiting;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>One account's limits on this instance, according to its current plan.</summary>
/// <param name="row">The row in which instances share the rate.</param>
/// <param name="usualCalls">Concurrent calls if the plan sets no number.</param>
/// <param name="time">The clock.</param>
public sealed class AccountLimits(RateRow row, int usualCalls, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly int _usualCalls = usualCalls;
    private LeasedRateLimiter? _rate;
    private ConcurrencyLimiter _concurrency = Limiter(usualCalls);
    private long _touched;

    /// <summary>The rate limiter; null: the plan has no rate limit.</summary>
    public LeasedRateLimiter? Rate { get; private set; }

    public ConcurrencyLimiter Concurrency => _concurrency;

    /// <summary>Allowed concurrent calls on this instance.</summary>
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
                // A limiter of an earlier plan still knows what was spent.
                _rate ??= new(row, time) { Quota = quota };
                _rate.Quota = quota;
            }

            Rate = terms.RequestsPerMinute is null ? null : _rate;
            if (ConcurrentCalls != calls)
            {
                // Calls that already run do not count towards the new number.
                ConcurrentCalls = calls;
                _concurrency = Limiter(calls);
            }
        }
    }

    /// <summary>Returns whether this object can be discarded without losing state.</summary>
    public bool IsIdle(TimeSpan idle) =>
        time.GetElapsedTime(_touched) >= idle
        && (_rate is null || _rate.IdleDuration is not null)
        && _concurrency.GetStatistics()!.CurrentAvailablePermits == ConcurrentCalls;

    public Task UpkeepAsync() => _rate?.UpkeepAsync() ?? Task.CompletedTask;

    public Task GiveBackAsync() => _rate?.GiveBackAsync() ?? Task.CompletedTask;

    private static ConcurrencyLimiter Limiter(int calls) => new(new() { PermitLimit = calls, QueueLimit = 0 });
}
