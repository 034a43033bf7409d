namespace PerCall.Functions.Budget;

/// <summary>One account's month on this instance. Reserves from a lease, and exchanges the lease with the row before it runs out.</summary>
public sealed class MonthAllowance(DateOnly month, LeaseExchange exchange, TimeProvider time, TimeSpan leaseTime)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DryFor = TimeSpan.FromSeconds(10);

    private readonly List<Want> _waiting = [];
    private readonly Dictionary<string, long> _dry = [];
    private Task? _running;
    private Want? _latest;
    private long _moneyLeft;
    private long _used = time.GetTimestamp();
    private long _exchanged;
    private long? _failed;
    private (long At, long Needed, long Budget)? _refusal;
    private bool _retired;

    private TimeSpan RenewAfter => leaseTime / 3;

    private TimeSpan IdleAfter => leaseTime / 6;

    /// <summary>Reserves an amount. Returns null if this object was discarded; the caller must then get a new one.</summary>
    public async ValueTask<Reservation?> ReserveAsync(DateTimeOffset now, Want want, CancellationToken cancellation)
    {
        lock (exchange.Gate)
        {
            if (_retired)
            {
                return null;
            }

            _used = time.GetTimestamp();
            _latest = want;
            if (TryTakeLocked(now, want) is { } taken)
            {
                return taken;
            }

            ThrowIfRefusedLatelyLocked(want);
            _waiting.Add(want);
        }

        try
        {
            return await WaitAsync(now, want, cancellation);
        }
        finally
        {
            lock (exchange.Gate)
            {
                _waiting.Remove(want);
            }
        }
    }

    /// <summary>Renews the lease, or returns it if it is idle.</summary>
    /// <returns>True if this object is idle and can be discarded.</returns>
    public async Task<bool> UpkeepAsync(DateOnly current)
    {
        Task? work;
        lock (exchange.Gate)
        {
            var idle = time.GetElapsedTime(_used);
            work = _running;
            if (_running is null && exchange.Lease is { } lease)
            {
                if (lease.Live == 0 && _waiting.Count == 0 && (lease.Closing || idle >= IdleAfter || month < current))
                {
                    work = RunLocked(() => HandBackAsync(lease));
                }
                else if (time.GetElapsedTime(_exchanged) >= RenewAfter)
                {
                    work = ExchangeLocked(renew: true);
                }
            }

            if (work is null && exchange.Lease is null && _waiting.Count == 0 && idle >= leaseTime)
            {
                return _retired = true;
            }
        }

        await (work ?? Task.CompletedTask);
        return false;
    }

    /// <summary>Returns all amounts that no call needs.</summary>
    public async Task GiveBackAsync()
    {
        while (true)
        {
            Task? before;
            Task? work = null;
            lock (exchange.Gate)
            {
                before = _running;
                if (before is null)
                {
                    if (exchange.Lease is not { Live: 0 } lease)
                    {
                        return;
                    }

                    work = RunLocked(() => HandBackAsync(lease));
                }
            }

            await (before ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (work ?? Task.CompletedTask);
        }
    }

    /// <summary>Reserves from the lease. Returns null if an exchange is needed first.</summary>
    private Reservation? TryTakeLocked(DateTimeOffset now, Want want)
    {
        if (exchange.Lease is not
            {
                Closing: false,
                Suspect: false
            } lease || time.GetTimestamp() >= lease.ValidUntil || want.Terms.MonthlyBudget < lease.Budget)
        {
            return null;
        }

        Span<long> free = stackalloc long[want.Count];
        FreeLocked(want, free);
        for (var i = 0; i < want.Count; i++)
        {
            if (want[i].Included > 0 && free[i] < want[i].Units && !_dry.ContainsKey(want[i].Price.Unit))
            {
                return null;
            }
        }

        var money = want.MoneyBeside(free);
        if (money > 0 && money > lease.MoneyAtHandLocked)
        {
            return null;
        }

        var reservation = new Reservation(now, want, free, money, lease, exchange.Gate);
        if (_running is null && !HasFailedLately() && IsLowLocked(lease, want))
        {
            _ = ExchangeLocked(renew: false);
        }

        return reservation;
    }

    private bool HasFailedLately() => _failed is { } at && time.GetElapsedTime(at) < PauseAfterFault;

    private bool IsLowLocked(SpendingLease lease, Want want)
    {
        if (want.Terms.MonthlyBudget is not null && _moneyLeft > 0 && lease.MoneyAtHandLocked < lease.LowMoney)
        {
            return true;
        }

        for (var i = 0; i < want.Count; i++)
        {
            var unit = want[i].Price.Unit;
            if (want[i].Included > 0 && (
                _dry.TryGetValue(unit, out var at) ? time.GetElapsedTime(at) >= DryFor : lease.FreeAtHandLocked(unit) < lease.LowFree
                    .GetValueOrDefault(unit)))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<Reservation?> WaitAsync(DateTimeOffset now, Want want, CancellationToken cancellation)
    {
        while (true)
        {
            bool joined;
            Task work;
            lock (exchange.Gate)
            {
                joined = _running is not null;
                work = _running ?? ExchangeLocked(renew: false);
            }

            await work.WaitAsync(cancellation);
            lock (exchange.Gate)
            {
                if (TryTakeLocked(now, want) is { } taken)
                {
                    return taken;
                }

                if (joined)
                {
                    ThrowIfRefusedLatelyLocked(want);
                }
                else
                {
                    RefuseIfNothingIsLeftLocked(want);
                }
            }
        }
    }

    private void ThrowIfRefusedLatelyLocked(Want want)
    {
        if (_refusal is { } refusal && want.Terms.MonthlyBudget is { } budget && budget <= refusal.Budget
            && time.GetElapsedTime(refusal.At) < AskAgain && NeededLocked(want) >= refusal.Needed)
        {
            throw BudgetRefusals.Spent(want.Terms, budget, UnspentLocked, NeededLocked(want), month);
        }
    }

    private void RefuseIfNothingIsLeftLocked(Want want)
    {
        if (want.Terms.MonthlyBudget is not { } budget || exchange.Lease is null)
        {
            return;
        }

        var needed = NeededLocked(want);
        if (needed > 0 && needed - Math.Max(0, exchange.Lease.MoneyAtHandLocked) > _moneyLeft)
        {
            _refusal = (time.GetTimestamp(), needed, budget);
            throw BudgetRefusals.Spent(want.Terms, budget, UnspentLocked, needed, month);
        }
    }

    private long UnspentLocked => _moneyLeft + Math.Max(0, exchange.Lease?.MoneyAtHandLocked ?? 0);

    /// <summary>Returns the money that a call needs beside the included units at hand.</summary>
    private long NeededLocked(Want want)
    {
        Span<long> free = stackalloc long[want.Count];
        FreeLocked(want, free);
        return want.MoneyBeside(free);
    }

    /// <summary>Fills in the included units at hand that a call can use.</summary>
    private void FreeLocked(Want want, Span<long> free)
    {
        for (var i = 0; i < free.Length; i++)
        {
            free[i] = want[i].Included > 0 && exchange.Lease is { } lease
                ? Math.Clamp(lease.FreeAtHandLocked(want[i].Price.Unit), 0, want[i].Units)
                : 0;
        }
    }

    private Task ExchangeLocked(bool renew) => RunLocked(() => ExchangeAsync(renew));

    private Task RunLocked(Func<Task> work) => _running = Task.Run(async () =>
    {
        try
        {
            await work();
            _failed = null;
        }
        catch
        {
            _failed = time.GetTimestamp();
            throw;
        }
        finally
        {
            lock (exchange.Gate)
            {
                _running = null;
            }
        }
    });

    private async Task ExchangeAsync(bool renew)
    {
        if (exchange.Lease is { Closing: true } closing)
        {
            await HandBackAsync(closing);
        }

        var left = await exchange.ExchangeAsync(() => new([.. _waiting], _latest!), shrink: renew);
        lock (exchange.Gate)
        {
            _exchanged = time.GetTimestamp();
            _moneyLeft = left.Money;
            foreach (var (unit, free) in left.Free)
            {
                if (free > 0)
                {
                    _dry.Remove(unit);
                }
                else
                {
                    _dry[unit] = _exchanged;
                }
            }
        }
    }

    private async Task HandBackAsync(SpendingLease lease)
    {
        lock (exchange.Gate)
        {
            if (lease.Live > 0)
            {
                return;
            }

            lease.Closing = true;
        }

        await exchange.HandBackAsync(lease);
    }
}
