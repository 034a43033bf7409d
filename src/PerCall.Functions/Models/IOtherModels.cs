using PerCall.Client.Wire;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Models;

/// <summary>Models that callers can use and that are not published packages.</summary>
public interface IOtherModels
{
    /// <param name="terms">The caller's plan: models that it does not include are hidden. Null shows all models.</param>
    IEnumerable<ModelSummary> List(PlanTerms? terms);

    /// <summary>Returns one model; null: it does not exist, or the plan does not include it.</summary>
    ModelDetails? Find(string name, PlanTerms? terms);
}
