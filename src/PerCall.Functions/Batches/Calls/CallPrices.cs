using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.LargeModels;

namespace PerCall.Functions.Batches.Calls;

/// <summary>Prices of large models' calls, and what a batch of them costs.</summary>
public static class CallPrices
{
    /// <summary>Returns the prices of a call's units. A plan without a price for cached tokens charges them as others.</summary>
    /// <exception cref="RefusedException">403: the plan does not include the call.</exception>
    public static IReadOnlyList<Price> Require(PlanTerms terms, string model, LargeModelEndpoint endpoint)
    {
        List<Price> prices = [Required(terms, model, ChargedTokens.In)];
        if (Find(terms, model, ChargedTokens.CachedIn) is { } cached)
        {
            prices.Add(cached);
        }

        if (endpoint == LargeModelEndpoint.ChatCompletions)
        {
            prices.Add(Required(terms, model, ChargedTokens.Out));
        }

        return prices;
    }

    /// <summary>Returns the most that calls can need.</summary>
    /// <returns>The lines of the reservation; empty: the calls need nothing.</returns>
    public static IReadOnlyList<UnitLine> Lines(CallPlan plan, CallBounds bounds)
    {
        UnitLine prompts = new([.. plan.Prices.Where(p => p.Unit != ChargedTokens.Out)], bounds.PromptBound);
        UnitLine outputs = new([.. plan.Prices.Where(p => p.Unit == ChargedTokens.Out)], bounds.OutputBound);
        return [.. new[] { prompts, outputs }.Where(l => l.Units > 0 && l.Prices.Count > 0)];
    }

    /// <summary>Returns the highest price of calls, without included units.</summary>
    public static long MostOf(CallPlan plan, CallBounds bounds) =>
        Lines(plan, bounds).Sum(l => l.Prices.Max(p => p.Of(l.Units)));

    /// <summary>Returns the units of delivered calls by price, at most the bounds of all rows. Units without any are left out.</summary>
    public static IEnumerable<(Price Price, long Units)> Units(CallPlan plan, CallTokens tokens)
    {
        var cached = Math.Min(tokens.CachedIn, plan.Bounds.PromptBound);
        var others = Math.Min(tokens.In, plan.Bounds.PromptBound - cached);
        if (plan.Prices.All(p => p.Unit != ChargedTokens.CachedIn))
        {
            (others, cached) = (others + cached, 0);
        }

        var units = new Dictionary<string, long>
        {
            [ChargedTokens.In] = others,
            [ChargedTokens.CachedIn] = cached,
            [ChargedTokens.Out] = Math.Min(tokens.Out, plan.Bounds.OutputBound),
        };
        return plan.Prices.Select(p => (p, units[p.Unit])).Where(u => u.Item2 > 0);
    }

    private static Price? Find(PlanTerms terms, string model, string unit) => terms.PriceOf(LargeModelOperations.Call.Name, model, unit);

    private static Price Required(PlanTerms terms, string model, string unit) => Find(terms, model, unit)
        ?? throw new RefusedException(
            403,
            "not_in_plan",
            $"The plan '{terms.Plan}' has no price for '{LargeModelOperations.Call.Name}' in '{unit}' for the model "
                + $"'{ModelParameters.Shown(model)}', so the plan does not include this batch.",
            "model");
}
