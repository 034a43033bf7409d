namespace PerCall.Functions.Budget;

/// <summary>What calls need from a month.</summary>
/// <param name="Waiting">The calls that wait for the exchange.</param>
/// <param name="Latest">The latest call. Similar calls may follow it.</param>
public readonly record struct Demanded(IReadOnlyList<Want> Waiting, Want Latest)
{
    public IEnumerable<Want> All => Waiting.Append(Latest);

    /// <summary>The lowest budget of all calls; null: unlimited. Calls differ when the plan has just changed.</summary>
    public long? Budget => All.Select(w => w.Terms.MonthlyBudget).Min();

    public long IncludedOf(string unit) => All.Min(w => w.Terms.FreeUnits.GetValueOrDefault(unit));
}

/// <summary>An exchange of a lease, ready to be written.</summary>
/// <param name="Record">The new lease.</param>
/// <param name="Left">The amounts left for all instances after the exchange.</param>
/// <param name="Budget">The budget that the plan used.</param>
/// <param name="IsShort">Whether some waiting calls will not get what they need.</param>
/// <param name="IsHopeless">Whether no waiting call will get what it needs.</param>
/// <param name="ChangesNothing">Whether only the lease's number and expiry change.</param>
public sealed record SlicePlan(LeaseRecord Record, Amounts Left, long? Budget, bool IsShort, bool IsHopeless, bool ChangesNothing)
{
    /// <summary>
    /// Adds the lease's spent amounts and the lease with its new size to the state. Amounts to return are set aside in the lease.
    /// </summary>
    public static SlicePlan MakeLocked(AllowanceState state, SpendingLease lease, Demanded demanded, bool shrink, DateTimeOffset expires)
    {
        lease.Returning.Clear();
        var reported = lease.Former!.Durable;
        var rest = lease.Leased.Copy();
        rest.Subtract(reported);
        // With a plan without a budget, charges are spent but no slice pays them.
        rest.Money = Math.Max(0, rest.Money);
        state.Spent.Add(reported);
        state.Leases[lease.Generation] = new(lease.Current.Seq, rest, expires, lease.Position!);

        var (left, pool, isShort, isHopeless, changed) = (new Amounts(), new Dictionary<string, long>(), false, false, !reported.IsZero);
        foreach (var unit in rest.Free.Keys.Concat(
            demanded.All.SelectMany(w => w.Units).Where(u => u.Included > 0).Select(u => u.Price.Unit)).Distinct().ToList())
        {
            var included = demanded.IncludedOf(unit);
            var needed = demanded.Waiting.Sum(w => w.UnitsOf(unit));
            var usual = demanded.Latest.UnitsOf(unit);
            var change = SliceSizes.Change(state.FreeLeft(unit, included), lease.FreeAtHandLocked(unit), needed, usual, shrink);
            rest.Add(unit, change, 0);
            lease.Returning.Add(unit, Math.Max(0, -change), 0);
            pool[unit] = Math.Max(0, lease.FreeAtHandLocked(unit)) + Math.Max(0, change);
            left.Free[unit] = state.FreeLeft(unit, included);
            isShort |= needed > pool[unit];
            changed |= change != 0;
        }

        if (demanded.Budget is { } budget)
        {
            var needs = demanded.Waiting.Select(w => MoneyAfter(pool, w)).Where(n => n > 0).ToList();
            var usual = MoneyAfter(pool, demanded.Latest);
            var atHand = lease.MoneyAtHandLocked;
            var change = SliceSizes.Change(state.MoneyLeft(budget), atHand, needs.Sum(), usual, shrink);
            if (change > 0 && needs.Count > 0 && atHand + change < needs.Min())
            {
                // The rest is too small for any call here; another instance may be able to use it.
                change = 0;
            }

            rest.Money += change;
            lease.Returning.Money += Math.Max(0, -change);
            left.Money = state.MoneyLeft(budget);
            isShort |= needs.Sum() > atHand + change;
            isHopeless = needs.Count > 0 && needs.Count == demanded.Waiting.Count && needs.Min() > Math.Max(0, atHand) + left.Money;
            changed |= change != 0;
        }

        return new(state.Leases[lease.Generation], left, demanded.Budget, isShort, isHopeless, !changed);
    }

    /// <summary>Takes a call's included units from the pool, and returns the money that it needs beside them.</summary>
    private static long MoneyAfter(Dictionary<string, long> pool, Want want)
    {
        Span<long> free = stackalloc long[want.Count];
        for (var i = 0; i < free.Length; i++)
        {
            var unit = want[i].Price.Unit;
            free[i] = Math.Min(want[i].Included > 0 ? pool.GetValueOrDefault(unit) : 0, want[i].Units);
            if (free[i] > 0)
            {
                pool[unit] -= free[i];
            }
        }

        return want.MoneyBeside(free);
    }
}
