using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// Receipts in storage: an empty blob for each function and blob, with the receipt as its metadata, so that one listing reads thousands.
/// </summary>
internal sealed class BlobReceipts(HostStorage storage)
{
    private const string ETagKey = "etag";
    private const string StateKey = "state";
    private const string TokenKey = "token";

    /// <summary>Name of a blob's receipt among those of its function: blob names may hold what metadata and folders may not.</summary>
    public static string Key(string container, string blob) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{container}/{blob}")).AsSpan(0, 16));

    public async IAsyncEnumerable<KeyValuePair<string, BlobReceipt>> ListAsync(
        BlobFunction function, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = Prefix(function);
        var options = new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix };
        await foreach (var item in storage.Container.GetBlobsAsync(options, cancellationToken))
        {
            if (Read(item.Metadata, item.Properties.ETag ?? default) is { } receipt)
            {
                yield return KeyValuePair.Create(item.Name[prefix.Length..], receipt);
            }
        }
    }

    public async Task<BlobReceipt?> GetAsync(BlobFunction function, string key, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await Blob(function, key).GetPropertiesAsync(cancellationToken: cancellationToken);
            return Read(properties.Value.Metadata, properties.Value.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Writes a receipt, unless another has changed it since it was read (<see cref="BlobReceipt.RecordETag"/>; default: since it was absent).</summary>
    /// <returns>Whether it was written.</returns>
    public async Task<bool> TryWriteAsync(BlobFunction function, string key, BlobReceipt receipt, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = receipt.RecordETag == default
                ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                : new BlobRequestConditions { IfMatch = receipt.RecordETag },
            Metadata = new Dictionary<string, string>
            {
                [ETagKey] = receipt.BlobETag,
                [StateKey] = receipt.State.ToString(),
                [TokenKey] = receipt.Token,
            },
        };
        try
        {
            await Blob(function, key).UploadAsync(BinaryData.Empty, options, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412 || e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return false;
        }
    }

    public Task DeleteAsync(BlobFunction function, string key, CancellationToken cancellationToken) =>
        Blob(function, key).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    private static BlobReceipt? Read(IDictionary<string, string> metadata, ETag recordETag) =>
        metadata.TryGetValue(ETagKey, out var etag) &&
        metadata.TryGetValue(TokenKey, out var token) &&
        metadata.TryGetValue(StateKey, out var text) && Enum.TryParse<BlobReceiptState>(text, out var state)
            ? new BlobReceipt(etag, state, token, recordETag)
            : null;

    private BlobClient Blob(BlobFunction function, string key) => storage.Container.GetBlobClient(Prefix(function) + key);

    private string Prefix(BlobFunction function) => $"percall/receipts/{storage.HostId}/{function.Function.Name.ToLowerInvariant()}/";
}
