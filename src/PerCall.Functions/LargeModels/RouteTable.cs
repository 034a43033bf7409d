using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>Finds the route of a model, or refuses the call.</summary>
public sealed class RouteTable(LargeModelRoutes routes)
{
    /// <summary>What the operator sets so that the service has a large model.</summary>
    public const string HowToSet =
        "Set PerCall:OpenAI:Models:<name>:Deployments:0:Endpoint and :Deployment, for Azure OpenAI or a local server";

    private const string None = $"This service has no large model. {HowToSet}; docs/large-models.md shows both.";

    /// <exception cref="RefusedException">404: the settings name no model.</exception>
    public void RequireAny()
    {
        if (routes.IsEmpty)
        {
            throw new RefusedException(StatusCodes.Status404NotFound, "no_large_model", None);
        }
    }

    /// <summary>Whether the settings have a model.</summary>
    public bool Has(string model) => routes.Find(model) is not null;

    /// <exception cref="ModelNotFoundException">The settings have no such model.</exception>
    public LargeModelRoute Find(string model) => routes.Find(model)
        ?? throw new ModelNotFoundException(
            "model_not_found", $"Large model '{ModelParameters.Shown(model)}' not found. List the models with GET /v1/models.");
}
