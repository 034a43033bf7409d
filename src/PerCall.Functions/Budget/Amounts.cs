using System.Text.Json.Serialization;

namespace PerCall.Functions.Budget;

/// <summary>An amount of money in micro-units, and numbers of included units by unit.</summary>
public sealed class Amounts
{
    public long Money { get; set; }

    public Dictionary<string, long> Free { get; init; } = [];

    [JsonIgnore]
    public bool IsZero => Money == 0 && Free.Values.All(f => f == 0);

    public long FreeOf(string unit) => Free.GetValueOrDefault(unit);

    /// <summary>Adds amounts; negative amounts subtract.</summary>
    public void Add(string unit, long free, long money)
    {
        Money += money;
        if (free != 0)
        {
            Free[unit] = FreeOf(unit) + free;
        }
    }

    public void Add(Amounts other)
    {
        Money += other.Money;
        foreach (var (unit, free) in other.Free)
        {
            Free[unit] = FreeOf(unit) + free;
        }
    }

    public void Subtract(Amounts other)
    {
        Money -= other.Money;
        foreach (var (unit, free) in other.Free)
        {
            Free[unit] = FreeOf(unit) - free;
        }
    }

    public Amounts Copy() => new() { Money = Money, Free = new(Free) };

    public void Clear()
    {
        Money = 0;
        Free.Clear();
    }
}
