using System.Globalization;
using System.Text.RegularExpressions;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Transfers;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Models;

/// <summary>
/// Package uploads to an address of their own, because no host accepts a call's body above 100 MB. The address leads to storage, or to
/// the service if storage is closed to callers. The files are stored in a container of their own until they are published or a day has
/// passed. The models' container is in the kept account, which signs no addresses and would retain them.
/// </summary>
public sealed partial class PackageUploads(
    BlobContainers containers, Addresses addresses, UploadLimit limit, PackageLimits limits, TimeProvider time) : IUploadTarget
{
    public const string ContainerName = "packages";

    private const string IdPrefix = "pkg_";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(4);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly BlobContainerClient _container = containers[ContainerName];

    /// <summary>Returns a 413 error that names the alternatives.</summary>
    public static RefusedException TooLongBody(string why) => new(
        StatusCodes.Status413PayloadTooLarge,
        "body_too_large",
        $"{why} For a larger package, use POST /manage/v1/models/uploads: it returns an address for an upload in parts. Or name a blob: "
            + "{\"blob\": \"https://…\"}.");

    /// <summary>Returns the error for a package above the limit.</summary>
    public static RefusedException TooLong(PackageLimits limits, long? bytes, string? param = null) => new(
        StatusCodes.Status413PayloadTooLarge,
        "body_too_large",
        $"The package {(bytes is { } known ? $"has {known:N0} bytes" : "is too large")}; allowed: at most "
            + $"{limits.MaxArchiveBytes:N0} bytes ({limits.BytesSetting}).",
        param);

    /// <summary>Returns whether a text has the form of an upload's id.</summary>
    public static bool IsId(string id) => Id().IsMatch(id);

    public string Container => ContainerName;

    /// <summary>Creates an upload for one package and the URL to write it to.</summary>
    /// <param name="service">The service's address as the client knows it.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async Task<PackageUpload> MakeAsync(Uri service, CancellationToken cancellation)
    {
        var id = NewId();
        var (address, expires) = await addresses.ForPartsAsync(service, Blob(id), Lifetime, cancellation);
        return new()
        {
            Id = id,
            Url = address,
            Method = Addresses.WritingMethod,
            Headers = Addresses.WritingHeaders,
            ExpiresAt = expires.ToUnixTimeSeconds(),
            MaxBytes = limit.WithinParts(Room).Bytes,
            Parts = limit.IsThroughService ? PackageUpload.ContentRange : PackageUpload.Blocks,
            PartBytes = (int)Math.Min(UploadLimit.PartBytes, limit.Bytes ?? UploadLimit.PartBytes),
        };
    }

    public string NewId() => string.Create(CultureInfo.InvariantCulture, $"{IdPrefix}{Guid.CreateVersion7(time.GetUtcNow()):n}");

    /// <summary>Returns whether an upload is complete, and the bytes of it that are in storage.</summary>
    /// <exception cref="RefusedException">404: nothing has arrived, or the upload was published or has expired.</exception>
    public async Task<(bool IsComplete, long Bytes)> ReceivedAsync(string id, CancellationToken cancellation)
    {
        if (!IsId(id))
        {
            throw NotFound(id);
        }

        try
        {
            return (true, (await Blob(id).GetPropertiesAsync(cancellationToken: cancellation)).Value.ContentLength);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // It is not complete.
        }

        try
        {
            var list = await Blob(id).GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellation);
            return (false, list.Value.UncommittedBlocks.Sum(b => b.SizeLong));
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            throw NotFound(id);
        }
    }

    /// <summary>Opens the package as a seekable stream. Only a part of it is in memory at a time, and nothing is written to disk.</summary>
    /// <exception cref="RefusedException">
    /// 404: the id has no upload, or it was published or removed. 413: the package is too long.
    /// </exception>
    public async Task<Stream> OpenAsync(string id, CancellationToken cancellation)
    {
        var blob = IsId(id) ? Blob(id) : null;
        try
        {
            // Anyone with the URL could overwrite the package while it is read.
            var (stream, properties) = blob is null ? throw NotFound(id) : await blob.OpenUnchangedAsync(
                cancellation, UnchangedBlobs.ReadAtOnceOfLarge);
            if (properties.ContentLength <= limits.MaxArchiveBytes)
            {
                return stream;
            }

            await stream.DisposeAsync();
            await RemoveAsync(id);
            throw TooLong(limits, properties.ContentLength, "upload");
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            throw NotFound(id);
        }
    }

    /// <summary>A package that goes through the service is limited at once.</summary>
    public Task<UploadRoom> AdmitAsync(string blob, CancellationToken cancellation) => Task.FromResult(Room);

    /// <summary>Nothing happens until the operator publishes the package.</summary>
    public Task ArriveAsync(string blob) => Task.CompletedTask;

    public Task RemoveAsync(string id) => Blob(id).DeleteIfExistsAsync();

    /// <summary>Removes expired uploads that were not published.</summary>
    public async Task ExpireAsync(CancellationToken cancellation)
    {
        await foreach (var blob in _container.GetBlobsAsync(cancellationToken: cancellation))
        {
            if (blob.Properties.LastModified < time.GetUtcNow() - Kept)
            {
                await _container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
            }
        }
    }

    private static RefusedException NotFound(string id) => new(
        StatusCodes.Status404NotFound,
        "upload_not_found",
        $"Upload '{Page.Short(id)}' has no package. Either nothing was uploaded to its address, "
            + "or the package was published, or the upload expired after a day.",
        "upload");

    private UploadRoom Room => new(limits.MaxArchiveBytes, () => TooLong(limits, bytes: null));

    private BlockBlobClient Blob(string id) => _container.GetBlockBlobClient($"{id}.zip");

    [GeneratedRegex(@"^pkg_[0-9a-f]{32}\z")]
    private static partial Regex Id();
}
