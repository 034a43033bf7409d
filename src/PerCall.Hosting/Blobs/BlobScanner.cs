using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Lifetime;
using PerCall.Hosting.Locks;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// Lists the containers of all blob functions repeatedly, while this instance holds the scanner's lock.
/// </summary>
internal sealed partial class BlobScanner(
    IReadOnlyList<BlobFunction> functions,
    StorageConnections connections,
    BlobReceipts receipts,
    BlobQueue queue,
    SingletonLocks locks,
    HostingOptions options,
    IHostEnvironment environment,
    GracePeriod grace,
    TimeProvider time,
    ILogger<BlobScanner> logger)
{
    private static readonly TimeSpan DevelopmentInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _interval = options.BlobScanInterval ?? (environment.IsDevelopment() ? DevelopmentInterval : Interval);

    public async Task RunAsync()
    {
        while (!grace.Stopping.IsCancellationRequested)
        {
            try
            {
                await using var held = await locks.AcquireAsync("blobs", grace.Stopping);
                using var tenure = CancellationTokenSource.CreateLinkedTokenSource(grace.Stopping, held.Lost);
                await ScanRepeatedlyAsync(tenure.Token);
            }
            catch (OperationCanceledException)
            {
                // The host is stopping, or the lock was lost; the loop acquires it again.
            }
            catch (Exception e)
            {
                LogFailed(StorageFault.Reason(e));
                await Task.Delay(_interval, time, grace.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ScanRepeatedlyAsync(CancellationToken tenure)
    {
        await queue.Queue.MakeAsync(tenure);
        var inventories = functions
            .Select(f => new BlobInventory(f, connections.Blobs(f.Connection).GetBlobContainerClient(f.Pattern.Container), receipts, queue))
            .ToList();
        foreach (var inventory in inventories)
        {
            await inventory.LoadAsync(tenure);
        }

        while (true)
        {
            foreach (var inventory in inventories)
            {
                var found = await inventory.ScanAsync(tenure);
                if (found > 0)
                {
                    LogFound(inventory.Function.Function.Name, found);
                }
            }

            await Task.Delay(_interval, time, tenure);
        }
    }

    [LoggerMessage(LogLevel.Information, "Function {Function}: {Count} new or changed blobs.")]
    private partial void LogFound(string function, int count);

    [LoggerMessage(LogLevel.Warning, "Blob containers cannot be listed: {Reason}")]
    private partial void LogFailed(string reason);
}
