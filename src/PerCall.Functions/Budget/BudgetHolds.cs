using Azure;

namespace PerCall.Functions.Budget;

/// <summary>The part of a month's allowance that is held.</summary>
/// <param name="Free">Included units.</param>
/// <param name="Money">Micro-units for the other units; 0 if the plan has no budget.</param>
public readonly record struct HeldAmount(long Free, long Money);

/// <summary>
/// Holds parts of a month's allowance for work that takes longer than a call and outlives the instance that began it. In the row, holds
/// count like spent amounts, so the budget is not exceeded, whoever finishes the work. Each change of the row can be repeated, because a
/// hold either exists or does not.
/// </summary>
public sealed class BudgetHolds(LimitsTable table, LeaseReconciler reconciler, TimeProvider time)
{
    private const int MaxTries = 100;
    private const int MaxUnknown = 3;

    /// <summary>Holds the highest price that the units can have, free units first.</summary>
    /// <param name="account">The account that pays.</param>
    /// <param name="month">The month.</param>
    /// <param name="id">The id of the work.</param>
    /// <param name="want">The most that the work needs.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="Requests.RefusedException">
    /// 402: the month's budget does not cover the work. Amounts that instances have leased for calls are not available; what they do not
    /// use is returned within a minute.
    /// </exception>
    public async Task<HeldAmount> TakeAsync(string account, DateOnly month, string id, Want want, CancellationToken cancellation)
    {
        var taken = await TakeAllAsync(account, month, id, want, cancellation);
        return new(taken.FreeOf(want[0].Price.Unit), taken.Money);
    }

    /// <summary>Holds the highest price that several units can have, free units first.</summary>
    /// <returns>The included units of each unit, and the micro-units for all other units; 0 if the plan has no budget.</returns>
    /// <inheritdoc cref="TakeAsync"/>
    public async Task<Amounts> TakeAllAsync(string account, DateOnly month, string id, Want want, CancellationToken cancellation)
    {
        if (!want.NeedsLease)
        {
            return new();
        }

        var row = new MonthRow(table, account, month);
        var reconciled = false;
        Amounts taken = new();
        await ChangeAsync(row, async state =>
        {
            if (state.Holds.TryGetValue(id, out var held))
            {
                taken = held;
                return false;
            }

            var amounts = AmountsOf(state, want);
            var money = amounts.Money;
            if (want.Terms.MonthlyBudget is { } budget && money > Math.Max(0, state.MoneyLeft(budget)))
            {
                if (!reconciled && await reconciler.ReconcileAsync(row, state, own: null, cancellation))
                {
                    reconciled = true;
                    return null;
                }

                throw BudgetRefusals.Spent(want.Terms, budget, state.MoneyLeft(budget), money, month);
            }

            state.Holds[id] = taken = amounts;
            return true;
        });
        return taken;
    }

    /// <summary>
    /// Returns what is left of a month for new work: included units, and money (null: unlimited). Amounts that instances have leased for
    /// calls count as left, because unused amounts are returned within a minute.
    /// </summary>
    public async Task<(long Free, long? Money)> LeftAsync(string account, DateOnly month, Want want, CancellationToken cancellation)
    {
        var left = await LeftOfAllAsync(account, month, want, cancellation);
        return (left.Free[want[0].Price.Unit], left.Money);
    }

    /// <summary>Returns what is left of a month for new work in several units: included units by unit, and money.</summary>
    /// <inheritdoc cref="LeftAsync"/>
    public async Task<(IReadOnlyDictionary<string, long> Free, long? Money)> LeftOfAllAsync(
        string account, DateOnly month, Want want, CancellationToken cancellation)
    {
        var (state, _) = await new MonthRow(table, account, month).ReadAsync(cancellation);
        var leased = state.Leases.Values.Select(l => l.Amounts).ToList();
        var free = want.Units.ToDictionary(
            u => u.Price.Unit,
            u => Math.Max(0, state.FreeLeft(u.Price.Unit, u.Included) + leased.Sum(a => a.FreeOf(u.Price.Unit))));
        return (free, want.Terms.MonthlyBudget is { } budget ? Math.Max(0, state.MoneyLeft(budget) + leased.Sum(a => a.Money)) : null);
    }

    /// <summary>
    /// Ends a hold: the charged amounts become spent, and the rest is available again. Does nothing if the hold has already ended.
    /// </summary>
    public Task SettleAsync(string account, DateOnly month, string id, string unit, long freeUnits, long charge)
    {
        var spent = new Amounts();
        spent.Add(unit, freeUnits, charge);
        return SettleAsync(account, month, id, spent);
    }

    /// <inheritdoc cref="SettleAsync(string, DateOnly, string, string, long, long)"/>
    /// <param name="account">The account that pays.</param>
    /// <param name="month">The month.</param>
    /// <param name="id">The id of the work.</param>
    /// <param name="spent">The charge of all units, and the delivered included units.</param>
    public Task SettleAsync(string account, DateOnly month, string id, Amounts spent) =>
        ChangeAsync(new(table, account, month), state =>
        {
            if (!state.Holds.Remove(id))
            {
                return Task.FromResult<bool?>(false);
            }

            state.Spent.Add(spent);
            return Task.FromResult<bool?>(true);
        });

    /// <summary>Returns whether work that was admitted in a month is still running.</summary>
    public async Task<bool> AreAnyAsync(string account, DateOnly month, CancellationToken cancellation) =>
        (await new MonthRow(table, account, month).ReadAsync(cancellation)).State.Holds.Count > 0;

    /// <summary>Returns the current month (UTC), as its first day.</summary>
    public DateOnly ThisMonth() => MonthRow.MonthOf(time.GetUtcNow());

    private static Amounts AmountsOf(AllowanceState state, Want want)
    {
        var amounts = new Amounts();
        Span<long> free = stackalloc long[want.Count];
        for (var i = 0; i < free.Length; i++)
        {
            free[i] = Math.Clamp(state.FreeLeft(want[i].Price.Unit, want[i].Included), 0, want[i].Units);
            amounts.Add(want[i].Price.Unit, free[i], 0);
        }

        amounts.Money = want.MoneyBeside(free);
        return amounts;
    }

    /// <param name="row">The month's row.</param>
    /// <param name="change">Changes the state. Returns true to write it, false if it needs no change, and null to read it again.</param>
    private static async Task ChangeAsync(MonthRow row, Func<AllowanceState, Task<bool?>> change)
    {
        var unknown = 0;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, etag) = await row.ReadAsync(CancellationToken.None);
            var changed = await change(state);
            if (changed == false)
            {
                return;
            }

            try
            {
                if (changed == true && await row.TryWriteAsync(state, etag, CancellationToken.None))
                {
                    return;
                }
            }
            catch (Exception) when (++unknown < MaxUnknown)
            {
                // The next read shows whether the row was written.
            }
        }

        throw new RequestFailedException(503, $"{MaxTries} updates of the allowance of {row.Account} conflicted with other updates.");
    }
}
