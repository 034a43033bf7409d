using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>A unit that a call can deliver.</summary>
/// <param name="Price">The unit's price.</param>
/// <param name="Units">The maximum number of units.</param>
/// <param name="Included">Units that the plan includes each month; 0: none.</param>
public readonly record struct WantedUnit(Price Price, long Units, long Included);

/// <summary>The most that a call can need.</summary>
public sealed class Want
{
    /// <summary>The maximum number of different units.</summary>
    public const int MaxUnits = 16;

    private readonly WantedUnit _first;
    private readonly WantedUnit[] _further = [];

    /// <summary>Null: one unit, which is <see cref="_first"/>.</summary>
    private readonly IReadOnlyList<UnitLine>? _lines;

    /// <param name="terms">The caller's plan.</param>
    /// <param name="price">The price of the call's units.</param>
    /// <param name="units">The maximum number of units.</param>
    public Want(PlanTerms terms, Price price, long units)
    {
        Terms = terms;
        _first = Wanted(price, units);
        NeedsLease = Needs(_first);
    }

    /// <param name="terms">The caller's plan.</param>
    /// <param name="lines">The lines; at least one price, at most <see cref="MaxUnits"/>, each of another unit.</param>
    public Want(PlanTerms terms, IReadOnlyList<UnitLine> lines)
    {
        Terms = terms;
        WantedUnit[] units = [.. lines.SelectMany(l => l.Prices.Select(p => Wanted(p, l.Units)))];
        if (units.Length is 0 or > MaxUnits || units.DistinctBy(u => u.Price.Unit).Count() != units.Length)
        {
            throw new ArgumentException($"A call needs 1 to {MaxUnits} units, each of them once.", nameof(lines));
        }

        (_first, _further, _lines) = (units[0], units[1..], lines);
        NeedsLease = units.Any(Needs);
    }

    /// <summary>The caller's plan.</summary>
    public PlanTerms Terms { get; }

    /// <summary>The number of different units.</summary>
    public int Count => 1 + _further.Length;

    /// <summary>Units of the first price that the plan includes each month; 0: none.</summary>
    public long IncludedUnits => _first.Included;

    public bool NeedsLease { get; }

    public WantedUnit this[int index] => index == 0 ? _first : _further[index - 1];

    /// <summary>The units, in the order of the lines and their prices.</summary>
    public IEnumerable<WantedUnit> Units => _further.Prepend(_first);

    /// <summary>Returns the maximum number of one unit.</summary>
    public long UnitsOf(string unit) => Units.FirstOrDefault(u => u.Price.Unit == unit).Units;

    /// <summary>Returns the money to reserve when the given number of each unit is free.</summary>
    public long MoneyBeside(ReadOnlySpan<long> free)
    {
        if (Terms.MonthlyBudget is null)
        {
            return 0;
        }

        if (_lines is null)
        {
            return _first.Price.Of(_first.Units - free[0]);
        }

        var money = 0L;
        foreach (var line in _lines)
        {
            money = checked(money + line.MostBeside(free));
            free = free[line.Prices.Count..];
        }

        return money;
    }

    /// <summary>Throws if one of the lines does not cover the units.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or a line's sum is above its maximum.</exception>
    public void RequireCovers(ReadOnlySpan<long> units)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(units.Length, Count, nameof(units));
        var at = 0;
        for (var line = 0; at < units.Length; line++)
        {
            var left = this[at].Units;
            for (var end = at + (_lines?[line].Prices.Count ?? 1); at < end; at++)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(units[at], nameof(units));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(units[at], left, nameof(units));
                left -= units[at];
            }
        }
    }

    private WantedUnit Wanted(Price price, long units) => new(price, units, Terms.FreeUnits.GetValueOrDefault(price.Unit));

    private bool Needs(WantedUnit unit) => unit.Included > 0 || (Terms.MonthlyBudget is not null && unit.Price.Micros > 0);
}
