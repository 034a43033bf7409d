using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Locks;

/// <summary>Locks that only one instance at a time can hold, implemented as leases on blobs.</summary>
internal sealed partial class SingletonLocks(HostStorage storage, HostingOptions options, TimeProvider time, ILogger<SingletonLocks> logger)
{
    private TimeSpan RetryInterval => options.SingletonRetry ?? (options.SingletonLease / 5);

    /// <summary>Waits for the lock and acquires it until it is disposed or lost.</summary>
    public async Task<SingletonLock> AcquireAsync(string name, CancellationToken cancellationToken)
    {
        var blob = storage.Container.GetBlobClient($"locks/{storage.HostId}/{name}");
        var lease = blob.GetBlobLeaseClient();
        while (true)
        {
            try
            {
                var asked = time.GetTimestamp();
                await lease.AcquireAsync(options.SingletonLease, cancellationToken: cancellationToken);
                LogAcquired(name);
                return new SingletonLock(name, lease, options.SingletonLease, asked, time, logger);
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                await CreateAsync(blob, cancellationToken);
                continue;
            }
            catch (RequestFailedException e) when (e.Status == 409)
            {
                // Another instance holds it.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(name, StorageFault.Reason(e));
            }

            await Task.Delay(RetryInterval, time, cancellationToken);
        }
    }

    private async Task CreateAsync(BlobBaseClient blob, CancellationToken cancellationToken)
    {
        await storage.Container.MakeAsync(cancellationToken);
        try
        {
            var conditions = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
            await storage.Container.GetBlobClient(blob.Name).UploadAsync(BinaryData.Empty, conditions, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // Another instance has created it.
        }
    }

    [LoggerMessage(LogLevel.Debug, "Acquired lock {Lock}.")]
    private partial void LogAcquired(string @lock);

    [LoggerMessage(LogLevel.Warning, "Failed to request lock {Lock}: {Reason}")]
    private partial void LogFailed(string @lock, string reason);
}
