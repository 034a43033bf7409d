using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Models;

/// <summary>Describes the models to callers.</summary>
public sealed class ModelFunctions(ModelCatalog catalog)
{
    public const string VersionText = "The version to describe. Default: production.";

    [Function("ListModels")]
    [OpenAiDialect]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation("Models", "List the models in the plan")]
    [Answer(200, typeof(ModelList))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/models")] HttpRequest request, CancellationToken cancellation) =>
        TypedResults.Ok(await catalog.ListAsync(Caller.Of(request.HttpContext)?.Terms, cancellation));

    [Function("GetModel")]
    [OpenAiDialect]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation("Models", "Get a model", "Returns its versions, tensors, labels and card.")]
    [Query("version", typeof(string), VersionText)]
    [Answer(200, typeof(ModelDetails))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/models/{name}")] HttpRequest request, string name,
        CancellationToken cancellation) =>
        TypedResults.Ok(await catalog.DescribeAsync(name, VersionOf(request), Caller.Of(request.HttpContext)?.Terms, cancellation));

    public static string? VersionOf(HttpRequest request) =>
        request.Query["version"].ToString() is { Length: > 0 } version ? version : null;
}
