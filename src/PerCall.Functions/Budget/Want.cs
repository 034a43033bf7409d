using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>What a call needs at most.</summary>
/// <param name="Terms">The plan.</param>
/// <param name="Price">Of its units.</param>
/// <param name="Units">1 or more.</param>
public sealed record Want(PlanTerms Terms, Price Price, long Units)
{
    /// <summary>Units that the month includes; 0: none.</summary>
    public long IncludedUnits { get; } = Terms.FreeUnits.GetValueOrDefault(Price.Unit);

    public bool NeedsLease => IncludedUnits > 0 || (Terms.MonthlyBudget is not null && Price.Micros > 0);

    /// <summary>What has to be set aside of the budget when so many units are free.</summary>
    public long MoneyBeside(long free) => Terms.MonthlyBudget is null ? 0 : Price.Of(Units - free);
}
