using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>The known state of an account's window.</summary>
/// <param name="Remaining">Permits that are left for all instances together.</param>
/// <param name="UntilFree">Time until the oldest permit leaves the window.</param>
public readonly record struct RateState(long Remaining, TimeSpan UntilFree);

/// <summary>
/// Limits the requests or the tokens per minute of one account over all instances. Leases slices of permits from the shared window and
/// spends them here without storage. Reports spent permits with the second in which they were spent, and returns unused permits within
/// about two seconds. A call of several permits that the slice does not cover is granted all of them by the row, or is refused.
/// </summary>
public sealed class LeasedRateLimiter(RateRow row, TimeProvider time) : RateLimiter
{
    /// <summary>Seconds for which permits may be spent after they were granted.</summary>
    public const int HoldSeconds = 3;

    private const int LeastSlice = 4;
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(HoldSeconds);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Never = TimeSpan.FromDays(-1);

    private readonly Lock _lock = new();
    private readonly Demand _demand = new();
    private Dictionary<long, long> _spent = [];
    private Dictionary<long, long> _refunds = [];
    private List<WaitingCall> _waiting = [];
    private List<long> _claims = [];
    private long _permits;
    private long _slice;
    private long _size = 1;
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
    public required long Quota { get; set; }

    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock)
            {
                return _exchange is null && HasNothingToReport ? Now - _used : null;
            }
        }
    }

    private bool HasNothingToReport => _permits == 0 && _spent.Count == 0 && _refunds.Count == 0 && _claims.Count == 0;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The current second of this instance's clock, in the row's time.</summary>
    private long Second => Math.Max(time.GetUtcNow().ToUnixTimeSeconds(), _last.Now);

    public RateState State()
    {
        lock (_lock)
        {
            // Without a recent exchange, permits have left the window meanwhile.
            return Second - _last.Now <= HoldSeconds
                ? new(Math.Min(Quota, _last.Remaining + _permits), UntilFree())
                : new(Math.Max(0, Quota - (_last.Window?.GrantedAt(Second) ?? 0) + _permits), UntilFree());
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
            return HasNothingToReport || Now - _exchanged < RenewAfter || _exchange is not null
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
            back = HasNothingToReport ? Task.CompletedTask : Start(giveBack: true);
        }

        await back;
    }

    /// <summary>
    /// Gives back spent permits that were not used. They stay counted in the second of their spending until the next exchange.
    /// </summary>
    internal void Refund(long second, long permits)
    {
        lock (_lock)
        {
            if (Second - second >= RateWindow.Seconds)
            {
                return;
            }

            _refunds[second] = _refunds.GetValueOrDefault(second) + permits;
            _last = _last with { Total = _last.Total + permits };
        }
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            Want(permitCount);
            if (Decide(permitCount) is { } decided)
            {
                return decided;
            }

            if (permitCount > 1)
            {
                // Granted permits wait for the next attempt.
                _waiting.Add(new(permitCount) { IsAbandoned = true });
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
            Want(permitCount);
            if (Decide(permitCount) is { } decided)
            {
                return new(decided);
            }

            if (permitCount <= 1)
            {
                return new(WaitAsync(cancellationToken));
            }

            var call = new WaitingCall(permitCount);
            _waiting.Add(call);
            _ = Start(giveBack: false);
            return new(WaitAsync(call, cancellationToken));
        }
    }

    private void Want(long permits)
    {
        _size = Math.Max(1, permits);
        _demand.Add(Second, _size);
    }

    private async Task<RateLimitLease> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task exchange;
            lock (_lock)
            {
                if (Decide(1) is { } decided)
                {
                    return decided;
                }

                exchange = Start(giveBack: false);
            }

            await exchange.WaitAsync(cancellation);
        }
    }

    private async Task<RateLimitLease> WaitAsync(WaitingCall call, CancellationToken cancellation)
    {
        try
        {
            return await call.Decision.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                call.IsAbandoned = true;
                _waiting.Remove(call);
            }

            if (call.Decision.IsCompletedSuccessfully && await call.Decision is PermitsLease lease)
            {
                lease.Settle(0);
            }

            throw;
        }
    }

    /// <summary>Decides from the held permits. Returns null if an exchange with storage is needed.</summary>
    private RateLimitLease? Decide(long permits)
    {
        var now = Now;
        if (_permits > 0 && _permits >= permits && now - _exchanged < MaxHold)
        {
            var lease = Spend(Math.Max(1, permits), now);
            if ((_permits < (_slice + 1) / 2 || now - _exchanged >= RenewAfter)
                && (now >= _refusedUntil || _last.Remaining > 0) && !Pausing(now))
            {
                _ = Start(giveBack: false);
            }

            return lease;
        }

        if (Pausing(now))
        {
            throw _fault!;
        }

        return now < _refusedUntil && permits > _permits + _last.RoomFor(permits) ? Refuse(permits) : null;
    }

    private RateLimitLease Spend(long permits, TimeSpan now)
    {
        var second = Second;
        _permits -= permits;
        _admitted++;
        _used = now;
        _spent[second] = _spent.GetValueOrDefault(second) + permits;
        return permits == 1 ? AdmittedLease.Instance : new PermitsLease(this, second, permits);
    }

    private RefusedLease Refuse(long permits)
    {
        _refused++;
        if (RateClaims.IsFor(permits, Quota) && !_claims.Contains(permits))
        {
            _claims.Add(permits);
            if (_claims.Count > RateClaims.Most)
            {
                _claims.Remove(_claims.Min());
            }
        }

        return new(UntilFree(Math.Max(1, permits - _last.RoomFor(permits) - _permits)));
    }

    private bool Pausing(TimeSpan now) => _fault is not null && now < _pausedUntil;

    /// <summary>Returns the time until this many permits have left the window.</summary>
    private TimeSpan UntilFree(long permits = 1)
    {
        // A window that holds fewer is empty within its length.
        var free = _last.Window?.FreeAt(permits) ?? (permits > 1 ? Second + RateWindow.Seconds : 0);
        return TimeSpan.FromSeconds(Math.Max(0, free - Second));
    }

    private Task Start(bool giveBack)
    {
        if (_exchange is not null)
        {
            return _exchange;
        }

        var calls = _waiting;
        var wanted = giveBack ? 0 : Math.Max(LeastSlice * _size, _demand.PerSecond(Second));
        // What this instance holds must not be missing for a call that waits, nor for a call of any instance that was refused before.
        var kept = giveBack || calls.Count > 0 ? 0 : _last.First > 0 ? Math.Min(_permits, wanted) : _permits;
        var report = new RateReport(_last.GrantedIn, _spent, kept, _permits - kept, wanted)
        {
            Refunds = _refunds,
            Calls = calls.ConvertAll(c => c.Permits),
            Refused = _claims,
        };
        (_spent, _refunds, _waiting, _claims) = ([], [], [], []);
        _permits = kept;
        return _exchange = Task.Run(() => ExchangeAsync(report, calls));
    }

    private async Task ExchangeAsync(RateReport report, List<WaitingCall> calls)
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
                var isRefused = grant.Served.Contains(false) || (report.Wanted > 0 && grant is { Granted: 0, Remaining: 0 });
                _refusedUntil = isRefused ? began + Least(AskAgain, UntilFree()) : Never;
                Decide(calls, grant);
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                // It is unknown whether the row has changed. The held permits stay counted there and are not spent here.
                _exchange = null;
                _permits = 0;
                (_spent, _refunds) = ([], []);
                _fault = e;
                _pausedUntil = Now + PauseAfterFault;
                calls.AddRange(_waiting);
                _waiting = [];
            }

            calls.ForEach(c => c.Fail(e));

            throw;
        }
    }

    /// <summary>Decides on the calls of an exchange, then on those that have come meanwhile.</summary>
    private void Decide(List<WaitingCall> calls, RateGrant grant)
    {
        var waiting = _waiting;
        _waiting = [];
        _permits += calls.Where((_, i) => grant.Served[i]).Sum(c => c.Permits);
        var (now, late) = (Now, new List<WaitingCall>());
        foreach (var (index, call) in calls.Index().Where(c => !c.Item.IsAbandoned))
        {
            if (!grant.Served[index])
            {
                _refused++;
                call.Decide(new RefusedLease(UntilFree(Math.Max(1, call.Permits - grant.RoomFor(call.Permits)))));
            }
            else if (now - _exchanged < MaxHold)
            {
                call.Decide(Spend(call.Permits, now));
            }
            else
            {
                late.Add(call);
            }
        }

        foreach (var call in late.Concat(waiting).Where(c => !c.IsAbandoned))
        {
            if (Decide(call.Permits) is { } decided)
            {
                call.Decide(decided);
            }
            else
            {
                _waiting.Add(call);
            }
        }

        if (_waiting.Count > 0)
        {
            _ = Start(giveBack: false);
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
