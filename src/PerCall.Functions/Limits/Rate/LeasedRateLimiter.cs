using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>What is known of an account's window.</summary>
/// <param name="Remaining">Permits that are left over all instances.</param>
/// <param name="UntilFree">Time until the oldest permit leaves the window.</param>
public readonly record struct RateState(int Remaining, TimeSpan UntilFree);

/// <summary>
/// Requests per minute of one account over all instances. Permits are leased in slices from the shared window and spent here, without
/// storage; what is spent is reported with the second of its spending, what is not goes back within about two seconds.
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

    /// <summary>Permits in 60 seconds. A change takes hold with the next exchange.</summary>
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

    /// <summary>The own clock's second, in the time of the row.</summary>
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

    /// <summary>Renews what is held for long, or gives it back where nobody has asked for it lately.</summary>
    public Task UpkeepAsync()
    {
        lock (_lock)
        {
            return (_permits == 0 && _spent.Count == 0) || Now - _exchanged < RenewAfter || _exchange is not null
                ? _exchange ?? Task.CompletedTask
                : Start(giveBack: Now - _used >= RenewAfter);
        }
    }

    /// <summary>Gives back what is held.</summary>
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

    /// <summary>Null: storage has to be asked.</summary>
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
                // Others may give back before the window does, so it is not taken at its word for long.
                // Nothing granted is no sign of an empty window by itself: as much as is wanted may be held already.
                _refusedUntil = report.Wanted > 0 && grant is { Granted: 0, Remaining: 0 } ? began + Least(AskAgain, UntilFree()) : Never;
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                // Whether the row has changed is not known: what was held stays counted there, and is not spent here.
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
