using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>The budgets and included units of tenants, which this instance leases in slices.</summary>
public sealed class Allowances(
    LimitsTable table, UsageJournal journal, LeaseReconciler reconciler, OpenMonths open, IOptions<LimitsOptions> options,
    TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Account, DateOnly Month), MonthAllowance> _months = new();
    private readonly LeaseNumbers _numbers = new();

    private TimeSpan LeaseTime => TimeSpan.FromSeconds(options.Value.LeaseSeconds);

    /// <summary>Reserves the highest price that the call can have, free units first.</summary>
    /// <param name="account">The account that pays.</param>
    /// <param name="terms">The account's plan.</param>
    /// <param name="price">The price of the call's units.</param>
    /// <param name="units">The maximum number of units; 1 or more.</param>
    /// <param name="cancellation">Cancels the wait for storage. Only a call that finds no usable lease waits.</param>
    /// <exception cref="Requests.RefusedException">402: the month's budget is spent.</exception>
    public ValueTask<Reservation> ReserveAsync(string account, PlanTerms terms, Price price, long units, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        return ReserveAsync(account, new Want(terms, price, units), cancellation);
    }

    /// <summary>Reserves the highest price that the call can have in several units, free units first.</summary>
    /// <inheritdoc cref="ReserveAsync(string, PlanTerms, Price, long, CancellationToken)"/>
    /// <param name="account">The account that pays.</param>
    /// <param name="want">The most that the call can need.</param>
    /// <param name="cancellation">Cancels the wait for storage. Only a call that finds no usable lease waits.</param>
    public ValueTask<Reservation> ReserveAsync(string account, Want want, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return want.NeedsLease ? ReserveAsync(account, now, want, cancellation) : new(new Reservation(now, want, [], 0, null, new Lock()));
    }

    /// <summary>Renews or returns leases. Must be called about once a second.</summary>
    public Task UpkeepAsync()
    {
        open.Forget();
        return Task.WhenAll(_months.Select(UpkeepAsync));
    }

    /// <summary>Returns all amounts that no running call needs.</summary>
    public Task GiveBackAsync() => Task.WhenAll(_months.Values.Select(m => m.GiveBackAsync()));

    private async ValueTask<Reservation> ReserveAsync(string account, DateTimeOffset now, Want want, CancellationToken cancellation)
    {
        while (true)
        {
            var month = _months.GetOrAdd((account, MonthRow.MonthOf(now)), Open);
            if (await month.ReserveAsync(now, want, cancellation) is { } reservation)
            {
                return reservation;
            }
        }
    }

    private MonthAllowance Open((string Account, DateOnly Month) key) => new(
        key.Month, new LeaseExchange(new MonthRow(table, key.Account, key.Month), journal, reconciler, open, _numbers, time, LeaseTime),
        time, LeaseTime);

    private async Task UpkeepAsync(KeyValuePair<(string, DateOnly), MonthAllowance> month)
    {
        if (await month.Value.UpkeepAsync(MonthRow.MonthOf(time.GetUtcNow())))
        {
            _months.TryRemove(month);
        }
    }
}
