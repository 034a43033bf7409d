using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>The known state of an account's window.</summary>
/// <param name="Remaining">Permits that are left for all instances together.</param>
/// <param name="UntilFree">Time until the oldest permit leaves the window.</param>
public readonly record struct RateState(int Remaining, TimeSpan UntilFree);

/// <summary>
/// Limits the requests per minute of one account over all instances. Leases slices of permits from the shared window and spends them here
/// without storage. Reports spent permits with the second in which they were spent, and returns unused permits within about two seconds.
/// </summary>
public sealed class LeasedRateLimiter(RateRow row, TimeProvider time) : RateLimiter
{
    private const int LeastSlice = 4;
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Never = TimeSpan.FromDays(-1);

    private readonly Lock _lock = new();
    private readonly Demand _demand = new();
    private Dictionary<long, int> _spent = [];
    private int _permits;
    private int _slice;
    private RateGrant _last;
    private TimeSpan _exchanged = Never;
    private TimeSpan _used;
    private TimeSpan _refusedUntil = Never;
    private TimeSpan _pausedUntil = Never;
    private Exception? _fault;
    private Task? _exchange;
    private long _admitted;
    private long _refused;

    /// <summary>Permits per 60 seconds. A change takes effect with the next exchange.</summary>
    public required int Quota { get; set; }

    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock)
            {
                return _exchange is null && _permits == 0 && _spent.Count == 0 ? Now - _used : null;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The current second of this instance's clock, in the row's time.</summary>
    private long Second => Math.Max(time.GetUtcNow().ToUnixTimeSeconds(), _last.Now);

    public RateState State()
    {
        lock (_lock)
        {
            return new(Math.Min(Quota, _last.Remaining + _permits), UntilFree());
        }
    }

    public override RateLimiterStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new() { CurrentAvailablePermits = _permits, TotalSuccessfulLeases = _admitted, TotalFailedLeases = _refused };
        }
    }

    /// <summary>Renews permits that were held for long, or returns them if no request has come lately.</summary>
    public Task UpkeepAsync()
    {
        lock (_lock)
        {
            return (_permits == 0 && _spent.Count == 0) || Now - _exchanged < RenewAfter || _exchange is not null
                ? _exchange ?? Task.CompletedTask
                : Start(giveBack: Now - _used >= RenewAfter);
        }
    }

    /// <summary>Returns all held permits.</summary>
    public async Task GiveBackAsync()
    {
        Task? before;
        lock (_lock)
        {
            before = _exchange;
        }

        await (before ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task back;
        lock (_lock)
        {
            back = _permits > 0 || _spent.Count > 0 ? Start(giveBack: true) : Task.CompletedTask;
        }

        await back;
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            _demand.Add(Second);
            if (Decide() is { } decided)
            {
                return decided;
            }

            _ = Start(giveBack: false);
            _refused++;
            return new RefusedLease(TimeSpan.FromSeconds(1));
        }
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _demand.Add(Second);
            return Decide() is { } decided ? new(decided) : new(WaitAsync(cancellationToken));
        }
    }

    private async Task<RateLimitLease> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task exchange;
            lock (_lock)
            {
                if (Decide() is { } decided)
                {
                    return decided;
                }

                exchange = Start(giveBack: false);
            }

            await exchange.WaitAsync(cancellation);
        }
    }

    /// <summary>Decides from the held permits. Returns null if an exchange with storage is needed.</summary>
    private RateLimitLease? Decide()
    {
        var now = Now;
        if (_permits > 0 && now - _exchanged < MaxHold)
        {
            _permits--;
            _admitted++;
            _used = now;
            _spent[Second] = _spent.GetValueOrDefault(Second) + 1;
            if ((_permits < (_slice + 1) / 2 || now - _exchanged >= RenewAfter) && now >= _refusedUntil && !Pausing(now))
            {
                _ = Start(giveBack: false);
            }

            return AdmittedLease.Instance;
        }

        if (Pausing(now))
        {
            throw _fault!;
        }

        if (now < _refusedUntil && _permits == 0)
        {
            _refused++;
            return new RefusedLease(UntilFree());
        }

        return null;
    }

    private bool Pausing(TimeSpan now) => _fault is not null && now < _pausedUntil;

    private TimeSpan UntilFree() =>
        _last.NextFree is { } free ? TimeSpan.FromSeconds(Math.Max(0, free - Second)) : TimeSpan.Zero;

    private Task Start(bool giveBack)
    {
        if (_exchange is not null)
        {
            return _exchange;
        }

        var kept = giveBack ? 0 : _permits;
        var report = new RateReport(
            _last.Now, _spent, kept, _permits - kept, giveBack ? 0 : Math.Max(LeastSlice, _demand.PerSecond(Second)));
        _spent = [];
        _permits = kept;
        return _exchange = Task.Run(() => ExchangeAsync(report));
    }

    private async Task ExchangeAsync(RateReport report)
    {
        var began = Now;
        try
        {
            var grant = await row.ExchangeAsync(report, Quota, CancellationToken.None);
            lock (_lock)
            {
                _exchange = null;
                _last = grant;
                _fault = null;
                _exchanged = began;
                _permits += grant.Granted;
                _slice = grant.Granted + report.Kept;
                // Other instances may return permits before the window does, so the refusal holds only briefly. Granting nothing does not
                // by itself mean that the window is empty: this instance may already hold as much as it wants.
                _refusedUntil = report.Wanted > 0 && grant is { Granted: 0, Remaining: 0 } ? began + Least(AskAgain, UntilFree()) : Never;
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                // It is unknown whether the row has changed. The held permits stay counted there and are not spent here.
                _exchange = null;
                _permits = 0;
                _spent = [];
                _fault = e;
                _pausedUntil = Now + PauseAfterFault;
            }

            throw;
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
