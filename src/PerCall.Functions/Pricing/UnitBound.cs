namespace PerCall.Functions.Pricing;

/// <summary>The most units that a call can use.</summary>
/// <param name="Units">
/// The units, of which each delivered one is charged. For example <c>token_in</c> and <c>token_in_cached</c>: only the provider knows which
/// tokens came from its cache. A plan must have a price for the first unit, which replaces units without a price.
/// </param>
/// <param name="Most">The maximum number of all these units together; 0: the call does not use them.</param>
public sealed record UnitBound(IReadOnlyList<string> Units, long Most);

/// <summary>Units that a call can deliver, with their prices.</summary>
/// <param name="Prices">The prices of the units. Each delivered unit is charged at one of them.</param>
/// <param name="Units">The maximum number of all these units together; 0 or more.</param>
public sealed record UnitLine(IReadOnlyList<Price> Prices, long Units)
{
    /// <summary>
    /// Returns the most that the units can cost in micro-units, however they are split. Roundings are included: the result is at most one
    /// micro-unit per price too high.
    /// </summary>
    /// <param name="free">The included units of each price.</param>
    public long MostBeside(ReadOnlySpan<long> free)
    {
        // A split costs most when all units have one price, because included units come first. Each further price that is not a whole
        // number of micro-units can add one rounding.
        var (most, rounded) = (0L, 0);
        for (var i = 0; i < Prices.Count; i++)
        {
            var charged = Units - free[i];
            if (charged > 0 && Prices[i].Micros > 0)
            {
                most = Math.Max(most, Prices[i].Of(charged));
                rounded += Prices[i].Micros % Prices[i].Per == 0 ? 0 : 1;
            }
        }

        return checked(most + Math.Max(0, Math.Min(rounded, Units) - 1));
    }
}
