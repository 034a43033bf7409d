using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>The change of one unit in a settlement. Numbers are negative when units are taken back.</summary>
/// <param name="Price">The price. Its <see cref="Price.Unit"/> is the unit.</param>
/// <param name="Units">Delivered units.</param>
/// <param name="FreeUnits">Delivered units that the plan includes.</param>
/// <param name="Charge">Micro-units of the currency for the other units.</param>
public readonly record struct SettledUnit(Price Price, long Units, long FreeUnits, long Charge);

/// <summary>What a call delivered since its last settlement, and what it costs.</summary>
/// <param name="First">The first unit.</param>
/// <param name="Further">Further units that have changed, in the order of the reservation.</param>
/// <param name="Lease">Number of the lease that pays; 0: no lease was needed.</param>
/// <param name="Generation">The journal's generation in which the lease was taken; null: no lease was needed.</param>
public readonly record struct Settlement(SettledUnit First, IReadOnlyList<SettledUnit> Further, long Lease, string? Generation)
{
    /// <summary>Included units of the first unit.</summary>
    public long FreeUnits => First.FreeUnits;

    /// <summary>Micro-units of the currency for all units.</summary>
    public long Charge => First.Charge + Further.Sum(u => u.Charge);
}
