using System.Threading.RateLimiting;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Limits;

/// <summary>One account's limits on this instance, as its plan has them now.</summary>
internal sealed class AccountLimits(RateRow row, TimeProvider time)
{
    private readonly Lock _lock = new();
    private LeasedRateLimiter? _rate;
    private ConcurrencyLimiter? _concurrency;
    private int? _concurrentCalls;
    private long _touched;

    /// <summary>Null: the plan has none.</summary>
    public LeasedRateLimiter? Rate { get; private set; }

    /// <summary>Null: the plan has none.</summary>
    public ConcurrencyLimiter? Concurrency => _concurrency;

    public void Follow(PlanTerms terms)
    {
        _touched = time.GetTimestamp();
        if (Rate?.Quota == terms.RequestsPerMinute && _concurrentCalls == terms.ConcurrentCalls)
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
            if (_concurrentCalls != terms.ConcurrentCalls)
            {
                // Calls that run already do not count against the new number.
                _concurrentCalls = terms.ConcurrentCalls;
                _concurrency = terms.ConcurrentCalls is { } calls ? new(new() { PermitLimit = calls, QueueLimit = 0 }) : null;
            }
        }
    }

    /// <summary>Whether nothing is lost if it is forgotten.</summary>
    public bool IsIdle(TimeSpan idle) =>
        time.GetElapsedTime(_touched) >= idle
        && (_rate is null || _rate.IdleDuration is not null)
        && (_concurrency is null || _concurrency.GetStatistics()!.CurrentAvailablePermits == _concurrentCalls);

    public Task UpkeepAsync() => _rate?.UpkeepAsync() ?? Task.CompletedTask;

    public Task GiveBackAsync() => _rate?.GiveBackAsync() ?? Task.CompletedTask;
}
