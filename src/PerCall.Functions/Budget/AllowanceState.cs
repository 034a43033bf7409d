using System.Text.Json.Serialization;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// One account's month, in the row that all instances share. Spent, leased and held amounts together never exceed the plan's allowance.
/// </summary>
public sealed class AllowanceState
{
    /// <summary>Amounts that are finally spent.</summary>
    public Amounts Spent { get; init; } = new();

    /// <summary>Slices that instances spend from, by generation of their journals.</summary>
    public Dictionary<string, LeaseRecord> Leases { get; init; } = [];

    /// <summary>
    /// Amounts held for work that outlives instances, by the work's id. A hold does not expire; whoever finishes the work settles it.
    /// </summary>
    public Dictionary<string, Amounts> Holds { get; init; } = [];

    /// <summary>Returns the budget that is neither spent, leased nor held; negative if the plan's budget was lowered.</summary>
    public long MoneyLeft(long budget) => budget - Spent.Money - Leases.Values.Sum(l => l.Amounts.Money) - Holds.Values.Sum(h => h.Money);

    public long FreeLeft(string unit, long included) =>
        included - Spent.FreeOf(unit) - Leases.Values.Sum(l => l.Amounts.FreeOf(unit)) - Holds.Values.Sum(h => h.FreeOf(unit));
}

/// <summary>A slice that an instance may spend.</summary>
/// <param name="Seq">Charges that this slice pays carry this number or a higher one.</param>
/// <param name="Amounts">The amounts that may be spent.</param>
/// <param name="Expires">The lease may be taken back after this time.</param>
/// <param name="Journal">The journal position before the first charge with these numbers.</param>
public sealed record LeaseRecord(long Seq, Amounts Amounts, DateTimeOffset Expires, JournalPosition Journal);

[JsonSerializable(typeof(AllowanceState))]
public sealed partial class AllowanceJson : JsonSerializerContext;
