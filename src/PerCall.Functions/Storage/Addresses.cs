using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace PerCall.Functions.Storage;

/// <summary>
/// Addresses with which one blob can be read, or written, for a while and without a key of ours (shared access signatures). Signed with the
/// account's key where the service has that (Azurite), else with a key that its own identity is given for some hours (user delegation), so
/// that the account's keys can be switched off.
/// </summary>
public sealed class Addresses(BlobServiceClient blobs, TimeProvider time)
{
    // Clocks differ.
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(1);

    private UserDelegationKey? _key;

    /// <summary>How a file is sent to an address for writing.</summary>
    public static string WritingMethod => "PUT";

    /// <summary>What storage asks for with it: a single PUT can make other kinds of blobs.</summary>
    public static IReadOnlyDictionary<string, string> WritingHeaders { get; } =
        new Dictionary<string, string> { ["x-ms-blob-type"] = "BlockBlob" };

    /// <summary>An address to which a blob can be sent, whole or in blocks.</summary>
    public Task<(
        Uri Address, DateTimeOffset Expires)> MakeForWritingAsync(BlobBaseClient blob, TimeSpan lifetime, CancellationToken cancellation) =>
        MakeAsync(blob, BlobSasPermissions.Create | BlobSasPermissions.Write, lifetime, cancellation);

    public async Task<(Uri Address, DateTimeOffset Expires)> MakeAsync(
        BlobBaseClient blob, BlobSasPermissions permissions, TimeSpan lifetime, CancellationToken cancellation)
    {
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
            : (new BlobUriBuilder(blob.Uri) { Sas = terms.ToSasQueryParameters(
                await KeyAsync(expires, cancellation), blobs.AccountName) }.ToUri(), expires);
    }

    private async Task<UserDelegationKey> KeyAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        if (_key is { } known && known.SignedExpiresOn >= until)
        {
            return known;
        }

        var now = time.GetUtcNow();
        var expires = now + KeyLifetime > until ? now + KeyLifetime : until;
        return _key = (await blobs.GetUserDelegationKeyAsync(now - Before, expires, cancellation)).Value;
    }
}
