using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// The version of each blob for which a message was sent. A receipt is an empty blob per function and blob with the ETag as metadata, so
/// that one listing reads thousands. Only the scanner uses them.
/// </summary>
internal sealed class BlobReceipts(HostStorage storage)
{
    private const string ETagKey = "etag";

    /// <summary>Returns the name of a blob's receipt. Blob names may contain characters that metadata and folders do not allow.</summary>
    public static string Key(string container, string blob) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{container}/{blob}")).AsSpan(0, 16));

    /// <summary>Returns key and version of each receipt of a function.</summary>
    public async IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(
        BlobFunction function, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = Prefix(function);
        var options = new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix };
        await foreach (var item in storage.Container.GetBlobsAsync(options, cancellationToken))
        {
            if (item.Metadata.TryGetValue(ETagKey, out var etag))
            {
                yield return KeyValuePair.Create(item.Name[prefix.Length..], etag);
            }
        }
    }

    public Task WriteAsync(BlobFunction function, string key, string version, CancellationToken cancellationToken) =>
        Blob(function, key).UploadAsync(
            BinaryData.Empty, new BlobUploadOptions { Metadata = new Dictionary<string, string> { [ETagKey] = version } },
            cancellationToken);

    public Task DeleteAsync(BlobFunction function, string key, CancellationToken cancellationToken) =>
        Blob(function, key).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    private BlobClient Blob(BlobFunction function, string key) => storage.Container.GetBlobClient(Prefix(function) + key);

    private string Prefix(BlobFunction function) => $"percall/receipts/{storage.HostId}/{function.Function.Name.ToLowerInvariant()}/";
}
