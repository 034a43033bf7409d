using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// A slice of a month's allowance, as the instance that holds it sees it. Guarded by <see cref="LeaseExchange.Gate"/>. Charges carry the
/// number of <see cref="Current"/>. An exchange with the row begins a new number and reports the former one once all its charges are
/// complete.
/// </summary>
public sealed class SpendingLease(string generation)
{
    private readonly Amounts _reserved = new();

    /// <summary>The generation of the journal in which the lease was taken. Its charges cannot go to any other.</summary>
    public string Generation => generation;

    /// <summary>The last known number in the row; 0 before the lease is taken.</summary>
    public long Seq { get; private set; }

    /// <summary>The amounts that the row allows under <see cref="Seq"/>.</summary>
    public Amounts Leased { get; private set; } = new();

    public Tally Current { get; private set; } = new(0);

    /// <summary>The tally that is being reported; null between exchanges.</summary>
    public Tally? Former { get; private set; }

    /// <summary>The journal's end before the first charge of <see cref="Current"/>.</summary>
    public JournalPosition? Position { get; private set; }

    /// <summary>The amounts that an unfinished exchange would return.</summary>
    public Amounts Returning { get; } = new();

    /// <summary>Timestamp after which nothing may be spent before an exchange.</summary>
    public long ValidUntil { get; set; }

    /// <summary>The plan's budget at the last exchange.</summary>
    public long? Budget { get; set; }

    /// <summary>When less money than this is available, the lease is exchanged early.</summary>
    public long LowMoney { get; private set; }

    public Dictionary<string, long> LowFree { get; } = [];

    /// <summary>Number of reservations that are not disposed of.</summary>
    public int Live { get; private set; }

    /// <summary>Whether a charge did not reach the journal, which may have been fenced.</summary>
    public bool Suspect { get; set; }

    /// <summary>Whether the lease is being returned. Nothing more is reserved from it.</summary>
    public bool Closing { get; set; }

    public long MoneyAtHandLocked => Leased.Money - _reserved.Money - Returning.Money - Current.MoneyLocked - (Former?.MoneyLocked ?? 0);

    public long FreeAtHandLocked(string unit) =>
        Leased.FreeOf(unit) - _reserved.FreeOf(unit) - Returning.FreeOf(unit) - Current.FreeOfLocked(unit) - (
            Former?.FreeOfLocked(unit) ?? 0);

    public void EnterLocked() => Live++;

    /// <summary>Reserves amounts; negative amounts release.</summary>
    public void HoldLocked(string unit, long free, long money) => _reserved.Add(unit, free, money);

    public void LeaveLocked() => Live--;

    /// <summary>
    /// Begins a new number, if the former one has been reported. Completes when the former number has no pending charges.
    /// </summary>
    public Task BeginExchangeLockedAsync(Func<long> nextSeq, JournalPosition position)
    {
        Suspect = false;
        if (Former is null)
        {
            Former = Current;
            Current = new(nextSeq());
            Position = position;
        }

        return Former.DrainedLockedAsync();
    }

    /// <summary>Completes an exchange after the row was written.</summary>
    public void EndExchangeLocked(LeaseRecord record)
    {
        Seq = record.Seq;
        Leased = record.Amounts.Copy();
        Former = null;
        Returning.Clear();
        LowMoney = Math.Max(0, MoneyAtHandLocked) / 2;
        LowFree.Clear();
        foreach (var unit in Leased.Free.Keys)
        {
            LowFree[unit] = Math.Max(0, FreeAtHandLocked(unit)) / 2;
        }
    }
}
