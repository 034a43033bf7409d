using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Lets the operator publish, promote and remove models.</summary>
public sealed class ManageModelFunctions(
    ModelPublication publication,
    Addresses addresses,
    PackageVerifier verifier,
    PackageUploads uploads,
    BlobPackageWriter writer,
    BlobPackageStore store,
    ModelCatalog catalog,
    ModelRemoval removal,
    ModelRegistry registry,
    AuditLog audit)
{
    private const int MaxSmallBytes = 4096;
    private const string NameParameter = "name";
    private const string SetParameter = "set";

    private static readonly string[] ZipTypes = ["application/zip", "application/x-zip-compressed", "application/octet-stream"];

    [Function("PublishModel")]
    [Operation(
        "Management", "Publish a package",
        "The body is the package as a ZIP, or names an upload that contains it. The service verifies the package and runs its golden "
            + "examples. It publishes the package, or refuses it and lists every fault. Without a model.json, the service derives it from the "
            + "files, and refuses what it cannot derive by name.")]
    [Query(NameParameter, typeof(string), "The model's name, if the package has no model.json. Default: its only folder.", Example = "my-model")]
    [Query(
        SetParameter, typeof(string[]),
        "An answer or a member of model.json, as NAME=VALUE, if the package has no model.json. Can be repeated.", Example = "license=MIT")]
    [Body(typeof(byte[]), "application/zip")]
    [Body(typeof(PublishUploadRequest), "application/json", Example = "{\"upload\": \"pkg_019a5c00000000000000000000000000\"}")]
    [Answer(201, typeof(PublishedModel))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(422, typeof(Problem))]
    public async Task<IResult> Publish(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/models")] HttpRequest request, CancellationToken cancellation)
    {
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var derived = DerivationOf(request);
        var package = type == "application/json" ? await PublishUploadAsync(request, derived, cancellation)
            : ZipTypes.Contains(type) ? await PublishBodyAsync(request, derived, cancellation)
            : throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_content_type",
                $"The content type '{type}' is not supported; allowed: application/zip, or application/json with an 'upload'.");
        var manifest = package.Manifest;
        var published = new PublishedModel(
            manifest.Name, manifest.Version, await store.AliasesAsync(manifest.Name, cancellation), NoteOf(package),
            package.Derived?.Facts.Select(f => new DerivedMember(f.Member, f.Value, f.Source, f.IsAssumed)).ToList());
        return TypedResults.Created($"/v1/models/{manifest.Name}?version={manifest.Version}", published);
    }

    [Function("CreatePackageUpload")]
    [Operation(
        "Management", "Create an upload address for a package",
        "Packages of up to 2 GB go directly to storage, or through the service if clients cannot reach the storage account. Then publish "
            + "with POST /manage/v1/models and {\"upload\": \"<id>\"}.")]
    [Answer(200, typeof(PackageUpload))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> CreateUpload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/models/uploads")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await uploads.MakeAsync(addresses.ServiceOf(request), cancellation));

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

    private async Task<PublishedPackage> PublishBodyAsync(
        HttpRequest request, DerivationSettings derived, CancellationToken cancellation)
    {
        if (request.ContentLength > RequestServices.MaxBodyBytes)
        {
            throw PackageUploads.TooLong(
                $"The package in the body has {request.ContentLength:N0} bytes; allowed: at most {RequestServices.MaxBodyBytes:N0}.");
        }

        // A ZIP's directory is at its end, so the archive is written to a file first. The file is deleted on close.
        await using var archive = new FileStream(
            Path.GetTempFileName(),
            FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.None,
            81920,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            await DiskSpace.WriteAsync(() => request.Body.CopyToAsync(archive, cancellation));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw PackageUploads.TooLong(
                $"The package in the body is too large; allowed: at most {RequestServices.MaxBodyBytes:N0} bytes.");
        }

        archive.Position = 0;
        return await publication.PublishAsync(archive, derived, Actors.Of(request.HttpContext), cancellation);
    }

    private async Task<PublishedPackage> PublishUploadAsync(
        HttpRequest request, DerivationSettings derived, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.PublishUploadRequest, "{\"upload\": \"pkg_…\"}", MaxSmallBytes, cancellation);
        var id = body.Upload ?? throw RefusedException.BadRequest(
            "missing_upload",
            "The body has no 'upload'; get an id and an upload address with POST /manage/v1/models/uploads.",
            "upload");
        try
        {
            await using var archive = await uploads.OpenAsync(id, cancellation);
            var package = await publication.PublishAsync(archive, derived, Actors.Of(request.HttpContext), cancellation);
            await uploads.RemoveAsync(id);
            return package;
        }
        catch (Exception e) when (e is PackageRefusedException or RegistryConflictException)
        {
            // A retry would be rejected again.
            await uploads.RemoveAsync(id);
            throw;
        }
    }

    /// <summary>Reads how a manifest is derived from the query.</summary>
    /// <exception cref="RefusedException">A parameter is unknown or malformed, or is repeated.</exception>
    private static DerivationSettings DerivationOf(HttpRequest request)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in request.Query[SetParameter].OfType<string>())
        {
            if (text.Split('=', 2) is not [{ Length: > 0 } member, var value] || !settings.TryAdd(member, value))
            {
                throw RefusedException.BadRequest(
                    "invalid_set", $"'{SetParameter}' is '{Page.Short(text)}'; expected NAME=VALUE, each name once.", SetParameter);
            }
        }

        return new(request.Query[NameParameter].FirstOrDefault(), settings);
    }

    private string? NoteOf(PublishedPackage package) => package.Derived is { } derived
        ? string.Join(' ', derived.Notes.Prepend(
            "model.json was derived. The golden example is the model's own answer: it shows that answers stay the same, not that they are "
                + "right."))
        : NoteOf(package.Manifest);

    private string? NoteOf(ModelManifest manifest) => verifier.RunsExamples(manifest)
        ? null
        : $"The golden examples were not run, because this service has no large model '{manifest.LargeModel!.Model}'. Calls are refused "
            + $"until the settings PerCall:OpenAI:Models:{manifest.LargeModel.Model} name its deployment.";

    private static Dictionary<string, string> Version(string version) => new() { ["version"] = version };
}
