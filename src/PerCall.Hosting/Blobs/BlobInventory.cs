using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// What one function's blobs were when they were last listed. For each that is new, the receipt is written, then the message sent; dying
/// in between leaves a receipt that was only noticed, whose message the next scanner sends again under another token.
/// </summary>
internal sealed class BlobInventory(BlobFunction function, BlobContainerClient container, BlobReceipts receipts, BlobQueue queue, TimeProvider time)
{
    private readonly Dictionary<string, string> _etags = [];
    private readonly HashSet<string> _unsent = [];

    public BlobFunction Function => function;

    /// <summary>Time that the last scan spent on receipts and messages.</summary>
    public TimeSpan Notifying { get; private set; }

    /// <summary>Reads what earlier scanners have noticed.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (var (key, receipt) in receipts.ListAsync(function, cancellationToken))
        {
            _etags[key] = receipt.BlobETag;
            if (receipt.State == BlobReceiptState.Noticed)
            {
                _unsent.Add(key);
            }
        }
    }

    /// <summary>Lists the blobs and sends a message for each that is new or has changed; their count.</summary>
    public async Task<int> ScanAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        Notifying = TimeSpan.Zero;
        var gone = new HashSet<string>(_etags.Keys);
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
                var version = BlobReceipt.Version(etag);
                if (_unsent.Contains(key) || !_etags.TryGetValue(key, out var known) || known != version)
                {
                    var started = time.GetTimestamp();
                    found += await NotifyAsync(key, item, version, cancellationToken) ? 1 : 0;
                    Notifying += time.GetElapsedTime(started);
                    _etags[key] = version;
                    _unsent.Remove(key);
                }
            }
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            // Empty until someone makes it.
        }

        foreach (var key in gone)
        {
            await receipts.DeleteAsync(function, key, cancellationToken);
            _etags.Remove(key);
            _unsent.Remove(key);
        }

        return found;
    }

    private async Task<bool> NotifyAsync(string key, BlobItem item, string version, CancellationToken cancellationToken)
    {
        var token = Guid.NewGuid().ToString("N");
        var written = new BlobReceipt(version, BlobReceiptState.Noticed, token);
        while (!await receipts.TryWriteAsync(function, key, written, cancellationToken))
        {
            var existing = await receipts.GetAsync(function, key, cancellationToken);
            if (existing is not null && existing.BlobETag == version && existing.State != BlobReceiptState.Noticed)
            {
                return false;
            }

            written = written with { RecordETag = existing?.RecordETag ?? default };
        }

        var notification = new BlobNotification
        {
            FunctionId = function.FunctionId,
            BlobType = $"{item.Properties.BlobType ?? BlobType.Block}Blob",
            ContainerName = container.Name,
            BlobName = item.Name,
            ETag = $"\"{version}\"",
            Token = token,
        };
        await queue.SendAsync(notification, cancellationToken);
        return true;
    }
}
