using System.Text.Json.Serialization;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// One account's month: the row that all instances share. What is spent and all that is leased never pass what the plan has.
/// </summary>
public sealed class AllowanceState
{
    /// <summary>Settled for good.</summary>
    public Amounts Spent { get; init; } = new();

    /// <summary>Slices that instances spend from, by the generation of their journals.</summary>
    public Dictionary<string, LeaseRecord> Leases { get; init; } = [];

    /// <summary>
    /// What is set aside for work that outlives instances, by the work's id. It does not lapse: whoever finishes the work settles it.
    /// </summary>
    public Dictionary<string, Amounts> Holds { get; init; } = [];

    /// <summary>What nobody has spent, leased or set aside; below 0 where the plan has been lowered.</summary>
    public long MoneyLeft(long budget) => budget - Spent.Money - Leases.Values.Sum(l => l.Amounts.Money) - Holds.Values.Sum(h => h.Money);

    public long FreeLeft(string unit, long included) =>
        included - Spent.FreeOf(unit) - Leases.Values.Sum(l => l.Amounts.FreeOf(unit)) - Holds.Values.Sum(h => h.FreeOf(unit));
}

/// <summary>A slice that an instance may spend.</summary>
/// <param name="Seq">Charges out of it are tagged with this number, or a higher one.</param>
/// <param name="Amounts">All that may be spent.</param>
/// <param name="Expires">From then on it may be taken back.</param>
/// <param name="Journal">All charges with these numbers lie behind this position.</param>
public sealed record LeaseRecord(long Seq, Amounts Amounts, DateTimeOffset Expires, JournalPosition Journal);

[JsonSerializable(typeof(AllowanceState))]
public sealed partial class AllowanceJson : JsonSerializerContext;
