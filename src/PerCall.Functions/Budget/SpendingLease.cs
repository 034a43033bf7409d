using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// A slice of a month's allowance as the instance that holds it sees it. Guarded by <see cref="LeaseExchange.Gate"/>. Charges are tagged
/// with the number of <see cref="Current"/>; an exchange with the row begins a new number and reports the former one, once nothing of it is
/// on the way.
/// </summary>
public sealed class SpendingLease(string generation)
{
    private readonly Amounts _reserved = new();

    /// <summary>Of the journal in which it was taken; charges cannot go to any other.</summary>
    public string Generation => generation;

    /// <summary>The row's number, as far as is known; 0 before it has been taken.</summary>
    public long Seq { get; private set; }

    /// <summary>What the row says may be spent under <see cref="Seq"/>.</summary>
    public Amounts Leased { get; private set; } = new();

    public Tally Current { get; private set; } = new(0);

    /// <summary>What is being reported; null between exchanges.</summary>
    public Tally? Former { get; private set; }

    /// <summary>Where the journal ended before the first charge of <see cref="Current"/>.</summary>
    public JournalPosition? Position { get; private set; }

    /// <summary>What an exchange that has not come to its end would give back.</summary>
    public Amounts Returning { get; } = new();

    /// <summary>Timestamp after which nothing is spent without an exchange.</summary>
    public long ValidUntil { get; set; }

    /// <summary>The plan's budget at the last exchange.</summary>
    public long? Budget { get; set; }

    /// <summary>Below this, more is fetched ahead of need.</summary>
    public long LowMoney { get; private set; }

    public Dictionary<string, long> LowFree { get; } = [];

    /// <summary>Reservations that have not been disposed of.</summary>
    public int Live { get; private set; }

    /// <summary>A charge did not reach the journal: it may have been fenced.</summary>
    public bool Suspect { get; set; }

    /// <summary>It is being handed back; nothing more is taken from it.</summary>
    public bool Closing { get; set; }

    public long MoneyAtHandLocked => Leased.Money - _reserved.Money - Returning.Money - Current.MoneyLocked - (Former?.MoneyLocked ?? 0);

    public long FreeAtHandLocked(string unit) =>
        Leased.FreeOf(unit) - _reserved.FreeOf(unit) - Returning.FreeOf(unit) - Current.FreeOfLocked(unit) - (
            Former?.FreeOfLocked(unit) ?? 0);

    public void ReserveLocked(string unit, long free, long money)
    {
        Live++;
        _reserved.Add(unit, free, money);
    }

    public void UnreserveLocked(string unit, long free, long money) => _reserved.Add(unit, -free, -money);

    public void LeaveLocked() => Live--;

    /// <summary>Begins a new number, if the former one has been reported.</summary>
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

    /// <summary>The row has changed as the exchange wanted.</summary>
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
