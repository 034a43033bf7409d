using System.Net;
using System.Net.Http.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Publishing and managing models.</content>
public sealed partial class PerCallClient
{
    private const string Models = "manage/v1/models";

    private const int MaxFailedQuestions = 60;

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Publishes a zipped package; requires the operator key. A package whose length is known to exceed 4 MB is uploaded in parts. Any
    /// other package goes through the service in one request, which accepts at most 100 MB.
    /// </summary>
    /// <exception cref="PerCallException">The package was refused, or it is already published.</exception>
    public Task<PublishedModel> PublishModelAsync(Stream zip, CancellationToken cancellation = default) =>
        PublishModelAsync(zip, progress: null, cancellation);

    /// <summary>
    /// Publishes a zipped package in a file; requires the operator key. A file above 4 MB is uploaded in parts, and continues after a
    /// broken connection. Memory use does not depend on its size.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Gets the progress; null: nobody asks.</param>
    /// <param name="cancellation">Cancels the upload, or stops waiting for the publication, which then continues.</param>
    /// <exception cref="PerCallException">The package was refused, or it is already published.</exception>
    /// <exception cref="HttpRequestException">The service or storage cannot be reached.</exception>
    public async Task<PublishedModel> PublishModelAsync(
        string path, IProgress<PublishProgress>? progress = null, CancellationToken cancellation = default)
    {
        await using var zip = File.OpenRead(path);
        return await PublishModelAsync(zip, progress, cancellation);
    }

    /// <summary>Publishes a zipped package in a blob of Azure's storage; requires the operator key.</summary>
    /// <param name="blob">
    /// The blob's address, with a shared access signature, or without one if the service's identity may read it.
    /// </param>
    /// <param name="progress">Gets the progress; null: nobody asks.</param>
    /// <param name="cancellation">Stops waiting for the publication, which then continues.</param>
    /// <exception cref="PerCallException">The package was refused, or it is already published.</exception>
    public Task<PublishedModel> PublishModelAsync(
        Uri blob, IProgress<PublishProgress>? progress = null, CancellationToken cancellation = default) =>
        PublishStoredAsync(new(Upload: null, blob.AbsoluteUri), progress, cancellation);

    /// <summary>Creates an address for uploading a package, to storage or through the service; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public async Task<PackageUpload> CreatePackageUploadAsync(CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Models}/uploads");
        return await SendAsync(request, WireJson.Default.PackageUpload, cancellation);
    }

    /// <summary>
    /// Sends a package to the address of an upload, in parts. Parts that have arrived before are not sent again, so a call with the same
    /// upload and the same package continues one that was interrupted.
    /// </summary>
    /// <param name="upload">The upload.</param>
    /// <param name="zip">The package, from the stream's position on; seekable.</param>
    /// <param name="progress">Gets the bytes that have arrived; null: nobody asks.</param>
    /// <param name="cancellation">Cancels the upload.</param>
    /// <exception cref="PerCallException">The address refused the package.</exception>
    /// <exception cref="HttpRequestException">The service or storage cannot be reached.</exception>
    public Task UploadPackageAsync(
        PackageUpload upload, Stream zip, IProgress<PublishProgress>? progress = null, CancellationToken cancellation = default)
    {
        var total = zip.Length - zip.Position;
        return upload.Parts is null
            ? StoreAsync(zip, upload.Method, upload.Url, upload.Headers, cancellation)
            : new PackageParts(Storage, upload, zip, bytes => progress?.Report(new("uploading", bytes, total))).SendAsync(cancellation);
    }

    /// <summary>Gets what has arrived of an upload, and how far its publication is; requires the operator key.</summary>
    /// <exception cref="PerCallException">Nothing has arrived, or the upload has expired.</exception>
    public Task<PackageUploadStatus> GetPackageUploadAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"{Models}/uploads/{Segment(id)}/status", WireJson.Default.PackageUploadStatus, cancellation);

    /// <summary>Gets what uses a model: aliases, plans, open batches and other models; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such model.</exception>
    public Task<ModelUses> GetModelUsesAsync(string name, CancellationToken cancellation = default) =>
        GetAsync($"{Models}/{Segment(name)}/uses", WireJson.Default.ModelUses, cancellation);

    /// <summary>Points an alias at a version; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such version.</exception>
    public async Task<AliasResponse> SetAliasAsync(string name, string alias, string version, CancellationToken cancellation = default)
    {
        using var content = JsonContent.Create(new AliasRequest(version), WireJson.Default.AliasRequest);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Models}/{Segment(name)}/aliases/{Segment(alias)}")
        { Content = content };
        return await SendAsync(request, WireJson.Default.AliasResponse, cancellation);
    }

    /// <summary>Deletes an alias; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such alias.</exception>
    public Task UnsetAliasAsync(string name, string alias, CancellationToken cancellation = default) =>
        DeleteAsync($"{Models}/{Segment(name)}/aliases/{Segment(alias)}", cancellation);

    /// <summary>Deletes an unused version; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such version, or an alias, a plan or a batch uses it.</exception>
    public Task DeleteVersionAsync(string name, string version, CancellationToken cancellation = default) =>
        DeleteAsync($"{Models}/{Segment(name)}/versions/{Segment(version)}", cancellation);

    /// <summary>Deletes an unused model with all its versions; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such model, or an alias, a plan or a batch uses it.</exception>
    public Task DeleteModelAsync(string name, CancellationToken cancellation = default) =>
        DeleteAsync($"{Models}/{Segment(name)}", cancellation);

    /// <summary>Lists all models, including models that are not in any plan; requires the operator key.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ModelList> ListAllModelsAsync(CancellationToken cancellation = default) =>
        GetAsync(Models, WireJson.Default.ModelList, cancellation);

    /// <summary>Gets a model, even if no plan includes it; requires the operator key.</summary>
    /// <exception cref="PerCallException">There is no such model.</exception>
    public Task<ModelDetails> GetAnyModelAsync(string name, CancellationToken cancellation = default) =>
        GetAsync($"{Models}/{Segment(name)}", WireJson.Default.ModelDetails, cancellation);

    private Task<PublishedModel> PublishModelAsync(Stream zip, IProgress<PublishProgress>? progress, CancellationToken cancellation) =>
        zip.CanSeek && zip.Length - zip.Position > MostThroughService
            ? PublishUploadAsync(zip, progress, cancellation) : SendModelAsync(zip, cancellation);

    private async Task<PublishedModel> PublishUploadAsync(
        Stream zip, IProgress<PublishProgress>? progress, CancellationToken cancellation)
    {
        var upload = await CreatePackageUploadAsync(cancellation);
        await UploadPackageAsync(upload, zip, progress, cancellation);
        return await PublishStoredAsync(new(upload.Id), progress, cancellation);
    }

    private async Task<PublishedModel> SendModelAsync(Stream zip, CancellationToken cancellation)
    {
        using var content = new StreamContent(zip) { Headers = { ContentType = new("application/zip") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, Models) { Content = content };
        return await SendAsync(request, WireJson.Default.PublishedModel, cancellation);
    }

    private async Task<PublishedModel> PublishStoredAsync(
        PublishUploadRequest package, IProgress<PublishProgress>? progress, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(package, WireJson.Default.PublishUploadRequest);
        using var request = new HttpRequestMessage(HttpMethod.Post, Models) { Content = content };
        request.Headers.Add("Prefer", "respond-async");
        using var response = await http.SendAsync(request, cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
        if (response.StatusCode != HttpStatusCode.Accepted)
        {
            return await ReadAsync(response, WireJson.Default.PublishedModel, cancellation);
        }

        var status = await ReadAsync(response, WireJson.Default.PackageUploadStatus, cancellation);
        var failures = 0;
        while (status is { Model: null, Error: null })
        {
            progress?.Report(new(status.Stage ?? status.Status, status.BytesDone ?? 0, status.BytesTotal ?? 0));
            await Task.Delay(AskAgain, cancellation);
            try
            {
                status = await GetPackageUploadAsync(status.Id, cancellation);
                failures = 0;
            }
            catch (Exception e) when (e is HttpRequestException or PerCallException { Status: >= HttpStatusCode.InternalServerError }
                && failures++ < MaxFailedQuestions)
            {
                // The publication goes on, whoever can be asked.
            }
        }

        return status.Model ?? throw new PerCallException((HttpStatusCode)status.Error!.Status, status.Error);
    }
}
