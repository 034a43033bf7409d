using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace PerCall.Functions.Storage;

/// <summary>
/// Creates time-limited URLs to read or write one blob without a key (shared access signatures). They are signed with the account's key
/// when the service has it (Azurite). Otherwise they are signed with a key issued to the service's identity for a few hours (user
/// delegation), so that the account's keys can be disabled. Only blobs of the transient account have URLs, so the service's identity may
/// sign for no other account.
/// </summary>
public sealed class Addresses(BlobContainers containers, TimeProvider time)
{
    // Tolerance for clock skew.
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(1);

    private UserDelegationKey? _key;

    /// <summary>The HTTP method for an upload to a write URL.</summary>
    public static string WritingMethod => "PUT";

    /// <summary>The headers that storage requires for an upload, because a PUT can also create other kinds of blobs.</summary>
    public static IReadOnlyDictionary<string, string> WritingHeaders { get; } =
        new Dictionary<string, string> { ["x-ms-blob-type"] = "BlockBlob" };

    /// <summary>Creates a URL to which a blob can be uploaded, in one request or in blocks.</summary>
    public Task<(
        Uri Address, DateTimeOffset Expires)> MakeForWritingAsync(BlobBaseClient blob, TimeSpan lifetime, CancellationToken cancellation) =>
        MakeAsync(blob, BlobSasPermissions.Create | BlobSasPermissions.Write, lifetime, cancellation);

    public async Task<(Uri Address, DateTimeOffset Expires)> MakeAsync(
        BlobBaseClient blob, BlobSasPermissions permissions, TimeSpan lifetime, CancellationToken cancellation)
    {
        if (containers.IsKept(blob.BlobContainerName))
        {
            throw new InvalidOperationException($"The container '{blob.BlobContainerName}' is in the kept account, which signs no URLs.");
        }

        var expires = time.GetUtcNow() + lifetime;
        var terms = new BlobSasBuilder(permissions, expires)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            StartsOn = time.GetUtcNow() - Before,
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        return blob.CanGenerateSasUri
            ? (blob.GenerateSasUri(terms), expires)
            : (new BlobUriBuilder(blob.Uri)
            {
                Sas = terms.ToSasQueryParameters(
                await KeyAsync(expires, cancellation), containers.Transient.AccountName)
            }.ToUri(), expires);
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
