using Azure;

namespace PerCall.Functions.Budget;

/// <summary>What is set aside of a month's allowance.</summary>
/// <param name="Free">Units that the plan includes.</param>
/// <param name="Money">Micro-units for the others; 0 where the plan has no budget.</param>
public readonly record struct HeldAmount(long Free, long Money);

/// <summary>
/// Sets parts of a month's allowance aside for work that is longer than a call and outlives the instance that began it. In the row they
/// count as if they were spent, so the budget is not passed, whoever finishes the work. Each change of the row can be tried again: a hold
/// is there or it is not.
/// </summary>
public sealed class BudgetHolds(LimitsTable table, LeaseReconciler reconciler, TimeProvider time)
{
    private const int MaxTries = 100;
    private const int MaxUnknown = 3;

    /// <summary>Sets aside what so many units can cost at most, free units first.</summary>
    /// <param name="account">Whose allowance.</param>
    /// <param name="month">Of which month.</param>
    /// <param name="id">Of the work.</param>
    /// <param name="want">What it needs at most.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="Requests.RefusedException">402: the month's budget does not cover it. What instances hold for calls does not count
    /// as free; what they do not use is back within a minute.</exception>
    public async Task<HeldAmount> TakeAsync(string account, DateOnly month, string id, Want want, CancellationToken cancellation)
    {
        if (!want.NeedsLease)
        {
            return default;
        }

        var row = new MonthRow(table, account, month);
        var reconciled = false;
        HeldAmount taken = default;
        await ChangeAsync(row, async state =>
        {
            var unit = want.Price.Unit;
            if (state.Holds.TryGetValue(id, out var held))
            {
                taken = new(held.FreeOf(unit), held.Money);
                return false;
            }

            var free = Math.Clamp(state.FreeLeft(unit, want.IncludedUnits), 0, want.Units);
            var money = want.MoneyBeside(free);
            if (want.Terms.MonthlyBudget is { } budget && money > Math.Max(0, state.MoneyLeft(budget)))
            {
                if (!reconciled && await reconciler.ReconcileAsync(row, state, own: null, cancellation))
                {
                    reconciled = true;
                    return null;
                }

                throw BudgetRefusals.Spent(want.Terms, budget, state.MoneyLeft(budget), money, month);
            }

            var amounts = new Amounts();
            amounts.Add(unit, free, money);
            state.Holds[id] = amounts;
            taken = new(free, money);
            return true;
        });
        return taken;
    }

    /// <summary>
    /// What is left of a month for work to come: units that the plan includes, and money (null: any amount). What instances hold for calls
    /// counts as left: they give back within a minute what they do not use.
    /// </summary>
    public async Task<(long Free, long? Money)> LeftAsync(string account, DateOnly month, Want want, CancellationToken cancellation)
    {
        var (state, _) = await new MonthRow(table, account, month).ReadAsync(cancellation);
        var leased = state.Leases.Values.Select(l => l.Amounts).ToList();
        var free = Math.Max(0, state.FreeLeft(want.Price.Unit, want.IncludedUnits) + leased.Sum(a => a.FreeOf(want.Price.Unit)));
        return (free, want.Terms.MonthlyBudget is { } budget ? Math.Max(0, state.MoneyLeft(budget) + leased.Sum(a => a.Money)) : null);
    }

    /// <summary>Ends a hold: what was charged is spent, the rest is free again. A hold that has been ended stays so.</summary>
    public Task SettleAsync(string account, DateOnly month, string id, string unit, long freeUnits, long charge) =>
        ChangeAsync(new(table, account, month), state =>
        {
            if (!state.Holds.Remove(id))
            {
                return Task.FromResult<bool?>(false);
            }

            state.Spent.Add(unit, freeUnits, charge);
            return Task.FromResult<bool?>(true);
        });

    /// <summary>Whether work that was admitted in a month is still under way.</summary>
    public async Task<bool> AreAnyAsync(string account, DateOnly month, CancellationToken cancellation) =>
        (await new MonthRow(table, account, month).ReadAsync(cancellation)).State.Holds.Count > 0;

    /// <summary>The month of a time.</summary>
    public DateOnly ThisMonth() => MonthRow.MonthOf(time.GetUtcNow());

    /// <param name="row">The month.</param>
    /// <param name="change">True: write it; false: it is as it should be; null: it has to be read again.</param>
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
                // Whether it was written, the row tells when it is read again.
            }
        }

        throw new RequestFailedException(503, $"{MaxTries} updates of the allowance of {row.Account} conflicted with other updates.");
    }
}
