using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// The versions of one function's blobs for which a message was sent. For each new version the message is sent first, then the receipt is
/// written. If a scanner crashes in between, the next one sends the message again: the function runs at least once.
/// </summary>
internal sealed class BlobInventory(BlobFunction function, BlobContainerClient container, BlobReceipts receipts, BlobQueue queue)
{
    private readonly Dictionary<string, string> _versions = [];

    public BlobFunction Function => function;

    /// <summary>Reads the receipts of earlier scanners.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (var (key, version) in receipts.ListAsync(function, cancellationToken))
        {
            _versions[key] = version;
        }
    }

    /// <summary>Lists the blobs, sends a message for each new or changed one, and returns the number of blobs.</summary>
    public async Task<int> ScanAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        var gone = new HashSet<string>(_versions.Keys);
        try
        {
            await foreach (var item in container.GetBlobsAsync(new GetBlobsOptions { Prefix = function.Pattern.Prefix }, cancellationToken))
            {
                if (function.Pattern.Match(item.Name) is null || item.Properties.ETag is not { } etag)
                {
                    continue;
                }

                var key = BlobReceipts.Key(container.Name, item.Name);
                gone.Remove(key);
                var notification = BlobNotification.Create(function, container.Name, item, etag);
                if (!_versions.TryGetValue(key, out var known) || known != notification.Version)
                {
                    await queue.SendAsync(notification, cancellationToken);
                    await receipts.WriteAsync(function, key, notification.Version, cancellationToken);
                    _versions[key] = notification.Version;
                    found++;
                }
            }
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            // The container counts as empty until it is created.
        }

        foreach (var key in gone)
        {
            await receipts.DeleteAsync(function, key, cancellationToken);
            _versions.Remove(key);
        }

        return found;
    }
}
