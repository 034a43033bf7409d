namespace PerCall.Functions.Journal;

/// <summary>The events of one charge, one for each unit. They are written with one append: all or none.</summary>
/// <param name="First">The first event. Its id identifies the charge.</param>
/// <param name="Further">The events of further units.</param>
public readonly record struct UsageEvents(UsageEvent First, IReadOnlyList<UsageEvent> Further)
{
    /// <summary>The id of the first event.</summary>
    public string Id => First.Id;

    /// <summary>The number of events.</summary>
    public int Count => 1 + Further.Count;

    /// <summary>Micro-units of the currency for all units.</summary>
    public long Charge => Further.Count == 0 ? First.Charge : All.Sum(e => e.Charge);

    /// <summary>The sum of all units.</summary>
    public long Units => Further.Count == 0 ? First.Units : All.Sum(e => e.Units);

    public IEnumerable<UsageEvent> All => Further.Prepend(First);

    public UsageEvent this[int index] => index == 0 ? First : Further[index - 1];

    public static implicit operator UsageEvents(UsageEvent only) => new(only, []);
}
