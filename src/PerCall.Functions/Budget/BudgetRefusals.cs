using System.Globalization;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Budget;

/// <summary>Refuses calls that the month's budget does not cover.</summary>
public static class BudgetRefusals
{
    // No registered problem type fits: quota-exceeded is for 429, where a retry soon makes sense.
    public static RefusedException Spent(PlanTerms terms, long budget, long left, long needed, DateOnly month) => new(
        StatusCodes.Status402PaymentRequired,
        "budget_spent",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The budget of {Decimal(budget)} {terms.Currency} for {month:yyyy-MM} does not cover this call, which costs at most "
                + $"{Decimal(needed)} {terms.Currency}: {Decimal(Math.Max(0, budget - left))} {terms.Currency} are spent or reserved for "
                + $"running calls. The next budget starts on {month.AddMonths(1):yyyy-MM-dd} (UTC)."));

    private static string Decimal(long micros) => (micros / 1_000_000m).ToString("0.00####", CultureInfo.InvariantCulture);
}
