namespace PerCall.Functions.Pricing;

/// <summary>The units that a call can use, and the units that the plan charges for them.</summary>
public sealed class PricedUnits
{
    private readonly Dictionary<string, int> _indexes;

    private PricedUnits(List<UnitLine> lines, Dictionary<string, int> indexes) => (Lines, _indexes) = (lines, indexes);

    /// <summary>The charged units with their prices. Every unit is in one line.</summary>
    public IReadOnlyList<UnitLine> Lines { get; }

    /// <summary>Returns the prices of a call's units; null: the plan has no price for the first unit of a bound.</summary>
    /// <param name="terms">The plan.</param>
    /// <param name="operation">The operation's name.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="bounds">
    /// The most that the call can use. A bound of 0 units is skipped; if all are, the first bound remains.
    /// </param>
    public static PricedUnits? Of(PlanTerms terms, string operation, string model, IReadOnlyList<UnitBound> bounds)
    {
        List<UnitLine> lines = [];
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        var count = 0;
        foreach (var bound in bounds.Any(b => b.Most > 0) ? bounds.Where(b => b.Most > 0) : bounds.Take(1))
        {
            List<Price> prices = [];
            var first = count;
            foreach (var unit in bound.Units)
            {
                if (terms.PriceOf(operation, model, unit) is { } price)
                {
                    prices.Add(price);
                    indexes.Add(unit, count++);
                }
                else if (count == first)
                {
                    return null;
                }
                else
                {
                    indexes.Add(unit, first);
                }
            }

            lines.Add(new(prices, bound.Most));
        }

        return new(lines, indexes);
    }

    /// <summary>
    /// Returns the units to charge, in the order of the prices in <see cref="Lines"/>. Units beyond a bound are cut off, those of later
    /// prices first. Negative numbers count as 0. Units that are in no bound are left out.
    /// </summary>
    /// <param name="used">The used units, by name.</param>
    public long[] Totals(IReadOnlyList<KeyValuePair<string, long>> used)
    {
        var totals = new long[Lines.Sum(l => l.Prices.Count)];
        foreach (var (unit, number) in used)
        {
            if (_indexes.TryGetValue(unit, out var index) && number > 0)
            {
                totals[index] += Math.Min(number, long.MaxValue - totals[index]);
            }
        }

        var at = 0;
        foreach (var line in Lines)
        {
            var left = line.Units;
            for (var end = at + line.Prices.Count; at < end; at++)
            {
                left -= totals[at] = Math.Min(totals[at], left);
            }
        }

        return totals;
    }
}
