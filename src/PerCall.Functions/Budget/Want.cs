using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>The most that a call can need.</summary>
/// <param name="Terms">The caller's plan.</param>
/// <param name="Price">The price of the call's units.</param>
/// <param name="Units">The maximum number of units; 1 or more.</param>
public sealed record Want(PlanTerms Terms, Price Price, long Units)
{
    /// <summary>Units that the plan includes each month; 0: none.</summary>
    public long IncludedUnits { get; } = Terms.FreeUnits.GetValueOrDefault(Price.Unit);

    public bool NeedsLease => IncludedUnits > 0 || (Terms.MonthlyBudget is not null && Price.Micros > 0);

    /// <summary>Returns the money to reserve when the given number of units is free.</summary>
    public long MoneyBeside(long free) => Terms.MonthlyBudget is null ? 0 : Price.Of(Units - free);
}
