using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>An address that needs no key, and when it expires.</summary>
public readonly record struct IssuedAddress(Uri Url, DateTimeOffset Expires);

/// <summary>
/// Creates time-limited URLs to read or write one blob without a key. They lead to storage (shared access signatures), or with
/// <see cref="TransferOptions.ThroughService"/> to <see cref="TransferFunctions"/>. Those to storage are signed with the account's key
/// when the service has it (Azurite). Otherwise they are signed with a key issued to the service's identity for a few hours (user
/// delegation), so that the account's keys can be disabled. Only blobs of the transient account have URLs, so the service's identity may
/// sign for no other account.
/// </summary>
public sealed class Addresses(
    BlobContainers containers, TransferTickets tickets, IOptions<TransferOptions> options, TimeProvider time)
{
    // Tolerance for clock skew.
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(1);

    private const BlobSasPermissions Writing = BlobSasPermissions.Create | BlobSasPermissions.Write;

    private readonly TransferOptions _options = options.Value;
    private UserDelegationKey? _key;

    /// <summary>The HTTP method for an upload to a write URL.</summary>
    public static string WritingMethod => "PUT";

    /// <summary>
    /// The headers of an upload. Storage requires them, because a PUT can also create other kinds of blobs. The service ignores them, so
    /// that a client can do the same in both cases.
    /// </summary>
    public static IReadOnlyDictionary<string, string> WritingHeaders { get; } =
        new Dictionary<string, string> { ["x-ms-blob-type"] = "BlockBlob" };

    /// <summary>Returns the service's address as the client of a request knows it.</summary>
    public Uri ServiceOf(HttpRequest request)
    {
        if (_options.PublicAddress is { Length: > 0 } known)
        {
            return new(known);
        }

        // A proxy that terminates TLS sets this header. A client that forges it, or the host, gets an address that only it sees.
        var scheme = request.Headers["X-Forwarded-Proto"] == "https" ? "https" : request.Scheme;
        return new(UriHelper.BuildAbsolute(scheme, request.Host));
    }

    /// <summary>Creates a URL to which a blob can be uploaded.</summary>
    /// <param name="service">The service's address, from <see cref="ServiceOf"/>.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="lifetime">How long the URL is valid.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public Task<IssuedAddress> ForWritingAsync(
        Uri service, BlobBaseClient blob, TimeSpan lifetime, CancellationToken cancellation) =>
        MakeAsync(service, blob, isWrite: true, Writing, lifetime, cancellation);

    /// <summary>
    /// Creates a URL to which a blob can be uploaded in parts. One that leads to storage also allows to read, because that is how a client
    /// asks which blocks have arrived.
    /// </summary>
    /// <inheritdoc cref="ForWritingAsync" path="/param"/>
    public Task<IssuedAddress> ForPartsAsync(
        Uri service, BlobBaseClient blob, TimeSpan lifetime, CancellationToken cancellation) =>
        MakeAsync(service, blob, isWrite: true, Writing | BlobSasPermissions.Read, lifetime, cancellation);

    /// <summary>Creates a URL from which a blob can be downloaded.</summary>
    /// <inheritdoc cref="ForWritingAsync" path="/param"/>
    public Task<IssuedAddress> ForReadingAsync(
        Uri service, BlobBaseClient blob, TimeSpan lifetime, CancellationToken cancellation) =>
        MakeAsync(service, blob, isWrite: false, BlobSasPermissions.Read, lifetime, cancellation);

    private async Task<IssuedAddress> MakeAsync(
        Uri service, BlobBaseClient blob, bool isWrite, BlobSasPermissions allowed, TimeSpan lifetime, CancellationToken cancellation)
    {
        if (containers.IsKept(blob.BlobContainerName))
        {
            throw new InvalidOperationException($"The container '{blob.BlobContainerName}' is in the kept account, which signs no URLs.");
        }

        var expires = time.GetUtcNow() + lifetime;
        return new(
            _options.ThroughService
                ? Through(service, new(blob.BlobContainerName, blob.Name, isWrite, expires))
                : await DirectAsync(blob, allowed, expires, cancellation),
            expires);
    }

    private Uri Through(Uri service, TransferTicket ticket) =>
        new($"{service.AbsoluteUri.TrimEnd('/')}/{TransferFunctions.Folder}/{tickets.Seal(ticket)}");

    private async Task<Uri> DirectAsync(
        BlobBaseClient blob, BlobSasPermissions allowed, DateTimeOffset expires, CancellationToken cancellation)
    {
        var terms = new BlobSasBuilder(allowed, expires)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            StartsOn = time.GetUtcNow() - Before,
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        return blob.CanGenerateSasUri
            ? blob.GenerateSasUri(terms)
            : new BlobUriBuilder(blob.Uri)
            {
                Sas = terms.ToSasQueryParameters(await KeyAsync(expires, cancellation), containers.Transient.AccountName),
            }.ToUri();
    }

    private async Task<UserDelegationKey> KeyAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        if (_key is { } known && known.SignedExpiresOn >= until)
        {
            return known;
        }

        var now = time.GetUtcNow();
        var expires = now + KeyLifetime > until ? now + KeyLifetime : until;
        return _key = (await containers.Transient.GetUserDelegationKeyAsync(now - Before, expires, cancellation)).Value;
    }
}
