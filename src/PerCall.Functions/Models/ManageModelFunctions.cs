using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Lets the operator promote, describe and remove models.</summary>
public sealed class ManageModelFunctions(
    BlobPackageWriter writer,
    BlobPackageStore store,
    ModelCatalog catalog,
    ModelRemoval removal,
    ModelRegistry registry,
    AuditLog audit)
{
    private const int MaxSmallBytes = 4096;

    [Function("SetAlias")]
    [Operation(
        "Management", "Point an alias at a version",
        "Calls without a version use 'production'. Every instance applies the change within seconds.")]
    [Body(typeof(AliasRequest), "application/json", Example = "{\"version\": \"1\"}")]
    [Answer(200, typeof(AliasResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> SetAlias(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "manage/v1/models/{name}/aliases/{alias}")] HttpRequest request,
        string name, string alias, CancellationToken cancellation)
    {
        if (!ModelNames.IsAlias(alias))
        {
            throw RefusedException.BadRequest("invalid_alias", $"'alias' is '{alias}'; {ModelNames.AliasRule}", "alias");
        }

        var body = await JsonBody.ReadAsync(request, RequestJson.Wire.AliasRequest, "{\"version\": \"2\"}", MaxSmallBytes, cancellation);
        if (body.Version is not { } version || !ModelNames.IsVersion(version))
        {
            throw RefusedException.BadRequest(
                "invalid_version", "'version' is missing or invalid; expected a body of the form {\"version\": \"2\"}.", "version");
        }

        var before = ModelNames.IsName(name) ? (await store.AliasesAsync(name, cancellation)).GetValueOrDefault(alias) : null;
        await audit.RecordAsync(
            new(
                Actors.Of(request.HttpContext), "model.alias", $"model/{Page.Short(name)}/{alias}", before is null ? null : Version(before),
                Version(version)),
            () => writer.SetAliasAsync(name, alias, version, onlyIfUnset: false, CancellationToken.None));
        registry.Refresh(name);
        return TypedResults.Ok(new AliasResponse(name, alias, version));
    }

    [Function("DeleteVersion")]
    [Operation(
        "Management", "Delete an unused version",
        "Refused while an alias or a running batch uses it. The last version is also refused while a plan names the model.")]
    [Answer(204)]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "manage/v1/models/{name}/versions/{version}")] HttpRequest request,
        string name, string version, CancellationToken cancellation)
    {
        await audit.RecordAsync(
            new(
                Actors.Of(request.HttpContext), "model.delete", $"model/{Page.Short(name)}/{Page.Short(version)}",
                Before: Version(Page.Short(version))),
            () => removal.RemoveVersionAsync(name, version, CancellationToken.None));
        registry.Refresh(name);
        return TypedResults.NoContent();
    }

    [Function("UnsetAlias")]
    [Operation(
        "Management", "Delete an alias",
        "Calls that name the alias are then refused. Without 'production', calls without a version are refused as well.")]
    [Answer(204)]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> UnsetAlias(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "manage/v1/models/{name}/aliases/{alias}")] HttpRequest request,
        string name,
        string alias,
        CancellationToken cancellation)
    {
        if (!ModelNames.IsName(name))
        {
            throw ModelCatalog.NotFound(name);
        }

        var before = (await store.AliasesAsync(name, cancellation)).GetValueOrDefault(alias);
        await audit.RecordAsync(
            new(
                Actors.Of(request.HttpContext), "model.alias.unset", $"model/{name}/{Page.Short(alias)}",
                before is null ? null : Version(before)),
            () => writer.UnsetAliasAsync(name, Page.Short(alias), CancellationToken.None));
        registry.Refresh(name);
        return TypedResults.NoContent();
    }

    [Function("DeleteModel")]
    [Operation(
        "Management", "Delete an unused model",
        "Deletes all its versions. Refused while an alias, a plan or a running batch names the model.")]
    [Answer(204)]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> DeleteModel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "manage/v1/models/{name}")] HttpRequest request, string name,
        CancellationToken cancellation)
    {
        await audit.RecordAsync(
            new(Actors.Of(request.HttpContext), "model.delete", $"model/{Page.Short(name)}"), () =>
                removal.RemoveAsync(name, CancellationToken.None));
        registry.Refresh(name);
        return TypedResults.NoContent();
    }

    [Function("ListAllModels")]
    [AllowsMoney]
    [Operation("Management", "List all models", "Includes models that are not in any plan.")]
    [Answer(200, typeof(ModelList))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/models")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await catalog.ListAsync(terms: null, cancellation));

    [Function("GetAnyModel")]
    [AllowsMoney]
    [Operation("Management", "Get a model", "Returns its versions, tensors, labels and card.")]
    [Query("version", typeof(string), ModelFunctions.VersionText)]
    [Answer(200, typeof(ModelDetails))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/models/{name}")] HttpRequest request, string name,
        CancellationToken cancellation) =>
        TypedResults.Ok(await catalog.DescribeAsync(name, ModelFunctions.VersionOf(request), terms: null, cancellation));

    [Function("GetModelUses")]
    [AllowsMoney]
    [Operation(
        "Management", "Get what uses a model",
        "Returns its aliases, and the plans, open batches and other models that name it. A model in use cannot be deleted.")]
    [Answer(200, typeof(ModelUses))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> GetUses(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/models/{name}/uses")] HttpRequest request, string name,
        CancellationToken cancellation) =>
        TypedResults.Ok(await removal.FindUsesAsync(name, cancellation));

    private static Dictionary<string, string> Version(string version) => new() { ["version"] = version };
}
