using PerCall.Client.Wire;
using PerCall.Functions.Models;
using PerCall.Functions.Pricing;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>Lists the large models of the settings beside the published packages.</summary>
public sealed class LargeModelList(LargeModelRoutes routes) : IOtherModels
{
    private const string Task = "large-language-model";
    private const string Description = "A large model. Its calls are passed on to a provider.";
    private const string License = "The provider's terms.";

    public IEnumerable<ModelSummary> List(PlanTerms? terms) => routes.All.Where(r => Includes(terms, r)).Select(r => new ModelSummary
    {
        Id = r.Model,
        Created = r.Created.ToUnixTimeSeconds(),
        Task = Task,
        Description = Description,
        Aliases = new Dictionary<string, string>(),
        Versions = [],
        Limits = LimitsOf(r),
    });

    public ModelDetails? Find(string name, PlanTerms? terms) =>
        routes.Find(name) is { } route && Includes(terms, route)
            ? new ModelDetails
            {
                Id = route.Model,
                Created = route.Created.ToUnixTimeSeconds(),
                Task = Task,
                Aliases = new Dictionary<string, string>(),
                Versions = [],
                Version = "",
                Description = Description,
                License = License,
                Unit = LargeModelOperations.Call.Unit,
                Inputs = [],
                Outputs = [],
                Limits = LimitsOf(route),
            }
            : null;

    private static LargeModelLimits LimitsOf(LargeModelRoute route) =>
        new([.. route.Endpoints.Order().Select(LargeModelEndpoints.PathOf)], route.ContextTokens, route.MaxOutputTokens);

    private static bool Includes(PlanTerms? terms, LargeModelRoute route) =>
        terms is null || LargeModelOperations.Call.Units.Any(
            u => terms.PriceOf(LargeModelOperations.Call.Name, route.Model, u) is not null);
}
