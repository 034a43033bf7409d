using System.Text.RegularExpressions;
using Azure;
using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using PerCall.Functions.Credentials;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Models.Publications;

/// <summary>
/// Opens packages at blob addresses that the operator names. Only Azure's storage, and the service's own, can be named: otherwise the
/// service could be made to send requests into its own network. An address can contain a signature, so errors name it without its query.
/// </summary>
public sealed partial class PackageBlobs(BlobContainers containers, IConfiguration configuration, PackageLimits limits)
{
    private const string Parameter = "blob";

    private const string Allowed =
        "allowed: https://<account>.blob.core.windows.net/<container>/<name>.zip, the same of a sovereign cloud "
        + "(blob.core.chinacloudapi.cn, blob.core.usgovcloudapi.net) or of a DNS zone (blob.storage.azure.net), and the service's own "
        + "storage account.";

    /// <summary>Opens the package as a seekable stream. Only a part of it is in memory at a time.</summary>
    /// <param name="address">The blob's address, with a shared access signature or without one.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="RefusedException">
    /// 400: the address is not allowed. 404: the blob does not exist. 413: the package is too long. 422: storage denies access.
    /// </exception>
    public async Task<Stream> OpenAsync(string address, CancellationToken cancellation)
    {
        var (blob, shown) = Parse(address);
        try
        {
            var (stream, properties) = await blob.OpenUnchangedAsync(cancellation, UnchangedBlobs.ReadAtOnceOfLarge);
            if (properties.ContentLength <= limits.MaxArchiveBytes)
            {
                return stream;
            }

            await stream.DisposeAsync();
            throw PackageUploads.TooLong(limits, properties.ContentLength, Parameter);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            throw new RefusedException(
                StatusCodes.Status404NotFound, "blob_not_found", $"Storage has no blob {shown}.", Parameter);
        }
        catch (RequestFailedException e) when (e.Status is > 0 and < StatusCodes.Status500InternalServerError)
        {
            throw Unreadable($"Storage does not let the service read {shown} ({e.ErrorCode ?? $"{e.Status}"}). Add a shared access "
                + "signature with the permission to read to the address, or give the service's identity the role Storage Blob Data "
                + "Reader.");
        }
        catch (Exception e) when (e is RequestFailedException { Status: 0 } or AggregateException)
        {
            throw Unreadable($"The service cannot reach {shown}.");
        }
    }

    private (BlobBaseClient Blob, string Shown) Parse(string address)
    {
        // Not repeated: what cannot be read may contain a signature anywhere.
        var uri = Uri.TryCreate(address, UriKind.Absolute, out var parsed) && parsed is { UserInfo: "", Fragment: "" }
            ? parsed
            : throw Invalid("is not the address of a blob");
        var shown = uri.GetLeftPart(UriPartial.Path);
        var own = new[] { containers.Transient, containers.Kept }.FirstOrDefault(s => IsUnder(s.Uri, uri));
        if (own is null && !(uri.Scheme == Uri.UriSchemeHttps && uri.IsDefaultPort && AzureHost().IsMatch(uri.Host)))
        {
            throw Invalid($"is {Page.Short(uri.GetLeftPart(UriPartial.Authority))}/…, which is not in Azure's storage");
        }

        var path = uri.AbsolutePath[(own?.Uri.AbsolutePath.TrimEnd('/').Length ?? 0)..].TrimStart('/').Split('/', 2);
        if (path is not [{ Length: > 0 } container, { Length: > 0 } name])
        {
            throw Invalid($"is {Page.Short(shown)}, which names no blob");
        }

        if (IsSigned(uri))
        {
            return (new BlobBaseClient(uri), shown);
        }

        if (own is not null)
        {
            return (own.GetBlobContainerClient(container).GetBlobBaseClient(Uri.UnescapeDataString(name)), shown);
        }

        // With a connection string the service has no identity.
        return configuration[ServiceCredential.Setting] is not { Length: > 0 }
            ? (new BlobBaseClient(uri, ServiceCredential.From(configuration)), shown)
            : throw Unreadable(
                $"{shown} has no shared access signature, and this service has no identity, because its storage is set as a connection "
                    + "string.");
    }

    private static bool IsUnder(Uri service, Uri uri) =>
        Uri.Compare(service, uri, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0
        && uri.AbsolutePath.StartsWith($"{service.AbsolutePath.TrimEnd('/')}/", StringComparison.Ordinal);

    private static bool IsSigned(Uri uri) => uri.Query.TrimStart('?').Split('&').Any(
        p => p.StartsWith("sig=", StringComparison.OrdinalIgnoreCase));

    private static RefusedException Invalid(string what) =>
        RefusedException.BadRequest("invalid_blob", $"'blob' {what}; {Allowed}", Parameter);

    private static RefusedException Unreadable(string message) =>
        new(StatusCodes.Status422UnprocessableEntity, "blob_not_readable", message, Parameter);

    [GeneratedRegex(
        @"^[a-z0-9]{3,24}(-secondary)?\.(blob\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)"
        + @"|z[0-9]{1,2}\.blob\.storage\.azure\.net)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex AzureHost();
}
