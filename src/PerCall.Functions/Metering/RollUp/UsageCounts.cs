using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>Sums over charged calls.</summary>
/// <param name="Calls">Charged answers, each counted by its first event; a voided answer subtracts one.</param>
/// <param name="Units">Delivered units.</param>
/// <param name="FreeUnits">Delivered units that the plan includes.</param>
/// <param name="Charge">Micro-units of the currency.</param>
public readonly record struct UsageCounts(long Calls, long Units, long FreeUnits, long Charge)
{
    public static UsageCounts Of(UsageEvent usage) =>
        new(usage.Of is not null ? 0 : usage.Voids is null ? 1 : -1, usage.Units, usage.FreeUnits, usage.Charge);

    public static UsageCounts operator +(UsageCounts a, UsageCounts b) =>
        checked(new(a.Calls + b.Calls, a.Units + b.Units, a.FreeUnits + b.FreeUnits, a.Charge + b.Charge));
}
