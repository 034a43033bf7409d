using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;
using PerCall.Inference;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Models.Publications;

/// <summary>Lets the operator publish packages: from a body, from an upload, or from a blob.</summary>
public sealed class PublishModelFunctions(
    ModelPublication publication, BackgroundPublications background, Addresses addresses, PackageUploads uploads, PackageBlobs blobs)
{
    /// <summary>
    /// The longest package in bytes that is published within the request. Longer ones are always published in the background.
    /// </summary>
    private const long MostInRequest = 2L << 30;

    private const int MaxJsonBytes = 8192;
    private const string Form = "{\"upload\": \"pkg_…\"} or {\"blob\": \"https://…\"}";
    private const string RespondAsync = "respond-async";
    private const string NameParameter = "name";
    private const string SetParameter = "set";

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    private static readonly string[] ZipTypes = ["application/zip", "application/x-zip-compressed", "application/octet-stream"];

    [Function("PublishModel")]
    [Operation(
        "Management", "Publish a package",
        "The body is the package as a ZIP, or names an upload or a blob that contains it. The service verifies the package and runs its "
            + "golden examples. It publishes the package, or refuses it and lists every fault. With 'Prefer: respond-async', and for a "
            + "package above 2 GiB, the answer to an upload or a blob is 202, and GET /manage/v1/models/uploads/{id}/status says how far "
            + "the publication is. Without a model.json, the service derives it from the files, and refuses what it cannot derive by name.")]
    [Query(
        NameParameter, typeof(string), "The model's name, if the package has no model.json. Default: its only folder.",
        Example = "my-model")]
    [Query(
        SetParameter, typeof(string[]),
        "An answer or a member of model.json, as NAME=VALUE (license=MIT), if the package has no model.json. Can be repeated.")]
    [Body(typeof(byte[]), "application/zip")]
    [Body(typeof(PublishUploadRequest), "application/json", Example = "{\"upload\": \"pkg_019a5c00000000000000000000000000\"}")]
    [Answer(201, typeof(PublishedModel))]
    [Answer(202, typeof(PackageUploadStatus))]
    [Answer(400, typeof(Problem))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(422, typeof(Problem))]
    public Task<IResult> Publish(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/models")] HttpRequest request, CancellationToken cancellation)
    {
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var derivation = DerivationOf(request);
        return type == "application/json" ? PublishStoredAsync(request, derivation, cancellation)
            : ZipTypes.Contains(type) ? PublishBodyAsync(request, derivation, cancellation)
            : throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_content_type",
                $"The content type '{type}' is not supported; allowed: application/zip, or application/json with an 'upload' or a 'blob'.");
    }

    [Function("CreatePackageUpload")]
    [Operation(
        "Management", "Create an upload address for a package",
        "Packages go directly to storage, or through the service if clients cannot reach the storage account, in one request or in parts. "
            + "Then publish with POST /manage/v1/models and {\"upload\": \"<id>\"}.")]
    [Answer(200, typeof(PackageUpload))]
    [Answer(401, typeof(Problem))]
    public async Task<IResult> CreateUpload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "manage/v1/models/uploads")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Ok(await uploads.MakeAsync(addresses.ServiceOf(request), cancellation));

    [Function("GetPackageUpload")]
    [Operation(
        "Management", "Get the state of a package's upload",
        "Returns what has arrived of the package, and how far its publication is. Kept for a day.")]
    [Answer(200, typeof(PackageUploadStatus))]
    [Answer(401, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> GetUpload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "manage/v1/models/uploads/{id}/status")] HttpRequest request, string id,
        CancellationToken cancellation) =>
        TypedResults.Ok(await background.GetAsync(id, cancellation));

    private async Task<IResult> PublishBodyAsync(
        HttpRequest request, DerivationSettings derivation, CancellationToken cancellation)
    {
        if (request.ContentLength > RequestServices.MaxBodyBytes)
        {
            throw PackageUploads.TooLongBody(
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
            throw PackageUploads.TooLongBody(
                $"The package in the body is too large; allowed: at most {RequestServices.MaxBodyBytes:N0} bytes.");
        }

        archive.Position = 0;
        return Created(
            await publication.PublishAsync(archive, Actors.Of(request.HttpContext), new() { Derivation = derivation }, cancellation));
    }

    private async Task<IResult> PublishStoredAsync(
        HttpRequest request, DerivationSettings derivation, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(request, RequestJson.Wire.PublishUploadRequest, Form, MaxJsonBytes, cancellation);
        if (body.Upload is null == body.Blob is null)
        {
            throw RefusedException.BadRequest(
                "missing_upload",
                $"The body must have 'upload' or 'blob', and not both: {Form}. POST /manage/v1/models/uploads returns an id and an upload "
                    + "address.",
                "upload");
        }

        var actor = Actors.Of(request.HttpContext);
        if (body.Upload is { } id && await background.FindBegunAsync(id, cancellation) is not null)
        {
            return Accepted(request, await background.BeginAsync(id, blob: null, actor, derivation, cancellation));
        }

        await using var archive = body.Blob is { } blob
            ? await blobs.OpenAsync(blob, cancellation)
            : await uploads.OpenAsync(body.Upload!, cancellation);
        if (archive.Length > MostInRequest || PrefersAsync(request))
        {
            return Accepted(request, await background.BeginAsync(body.Upload, body.Blob, actor, derivation, cancellation));
        }

        try
        {
            var model = await publication.PublishAsync(archive, actor, new() { Derivation = derivation }, cancellation);
            await RemoveAsync();
            return Created(model);
        }
        catch (Exception e) when (e is PackageRefusedException or RegistryConflictException)
        {
            // A retry would be rejected again.
            await RemoveAsync();
            throw;
        }

        Task RemoveAsync() => body.Upload is { } upload ? uploads.RemoveAsync(upload) : Task.CompletedTask;
    }

    /// <summary>Reads how a manifest is derived from the query.</summary>
    /// <exception cref="RefusedException">A setting is malformed, or is repeated.</exception>
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

    private static bool PrefersAsync(HttpRequest request) => request.Headers["Prefer"]
        .SelectMany(v => v?.Split(',') ?? []).Any(p => p.Trim().Equals(RespondAsync, StringComparison.OrdinalIgnoreCase));

    private static Created<PublishedModel> Created(PublishedModel model) =>
        TypedResults.Created($"/v1/models/{model.Id}?version={model.Version}", model);

    private static Accepted<PackageUploadStatus> Accepted(HttpRequest request, PackageUploadStatus status)
    {
        var headers = request.HttpContext.Response.Headers;
        headers["Preference-Applied"] = RespondAsync;
        foreach (var (name, value) in RefusedException.RetryAfter(AskAgain))
        {
            headers[name] = value;
        }

        return TypedResults.Accepted($"/manage/v1/models/uploads/{status.Id}/status", status);
    }
}
