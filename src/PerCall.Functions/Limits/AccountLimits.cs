using System.Threading.RateLimiting;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Limits;

/// <summary>One account's limits on this instance, according to its current plan.</summary>
/// <param name="requests">The row in which instances share the rate of requests.</param>
/// <param name="tokens">The row in which instances share the rate of tokens.</param>
/// <param name="usualCalls">Concurrent calls if the plan sets no number.</param>
/// <param name="time">The clock.</param>
public sealed class AccountLimits(RateRow requests, RateRow tokens, int usualCalls, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly int _usualCalls = usualCalls;
    private LeasedRateLimiter? _rate;
    private LeasedRateLimiter? _tokens;
    private ConcurrencyLimiter _concurrency = Limiter(usualCalls);
    private long _touched;

    /// <summary>The limiter of requests; null: the plan does not limit them.</summary>
    public LeasedRateLimiter? Rate { get; private set; }

    /// <summary>The limiter of large models' tokens; null: the plan does not limit them.</summary>
    public LeasedRateLimiter? Tokens { get; private set; }

    public ConcurrencyLimiter Concurrency => _concurrency;

    /// <summary>Allowed concurrent calls on this instance.</summary>
    public int ConcurrentCalls { get; private set; } = usualCalls;

    public void Follow(PlanTerms terms)
    {
        _touched = time.GetTimestamp();
        var calls = terms.ConcurrentCalls ?? _usualCalls;
        if (Rate?.Quota == terms.RequestsPerMinute && Tokens?.Quota == terms.TokensPerMinute && ConcurrentCalls == calls)
        {
            return;
        }

        lock (_lock)
        {
            Rate = Follow(ref _rate, requests, terms.RequestsPerMinute);
            Tokens = Follow(ref _tokens, tokens, terms.TokensPerMinute);
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
        && (_tokens is null || _tokens.IdleDuration is not null)
        && _concurrency.GetStatistics()!.CurrentAvailablePermits == ConcurrentCalls;

    public Task UpkeepAsync() =>
        Task.WhenAll(_rate?.UpkeepAsync() ?? Task.CompletedTask, _tokens?.UpkeepAsync() ?? Task.CompletedTask);

    public Task GiveBackAsync() =>
        Task.WhenAll(_rate?.GiveBackAsync() ?? Task.CompletedTask, _tokens?.GiveBackAsync() ?? Task.CompletedTask);

    private LeasedRateLimiter? Follow(ref LeasedRateLimiter? limiter, RateRow row, long? quota)
    {
        if (quota is not { } permits)
        {
            return null;
        }

        // A limiter of an earlier plan still knows what was spent.
        limiter ??= new(row, time) { Quota = permits };
        limiter.Quota = permits;
        return limiter;
    }

    private static ConcurrencyLimiter Limiter(int calls) => new(new() { PermitLimit = calls, QueueLimit = 0 });
}
