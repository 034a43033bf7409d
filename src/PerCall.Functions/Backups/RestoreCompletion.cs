using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Backups;
using PerCall.Functions.Budget;
using PerCall.Functions.Storage;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Backups;

/// <summary>
/// Completes a restore: computes from the journal what each account has spent, and removes blobs whose rows are lost. It begins when an
/// instance starts. If that instance dies, a chore continues; refused calls make its round due. Each part can run twice, also on two
/// instances at once.
/// </summary>
public sealed partial class RestoreCompletion : BackgroundService
{
    private readonly BackupContainer _backups;
    private readonly IReadOnlyList<BlobContainerClient> _ofLostRows;
    private readonly SpentAmounts _spent;
    private readonly TimeProvider _time;
    private readonly ILogger<RestoreCompletion> _log;

    public RestoreCompletion(
        BackupContainer backups, BlobContainers containers, IEnumerable<RequiredContainer> required, RestoredTables restored,
        SpentAmounts spent, UpkeepClock clock, TimeProvider time, ILogger<RestoreCompletion> log)
    {
        (_backups, _spent, _time, _log) = (backups, spent, time, log);
        _ofLostRows = [.. required.Where(r => r.OfLostRows).Select(r => containers[r.Name])];
        restored.Awaited += clock.Wake;
    }

    /// <summary>Completes a restore whose rows are all copied.</summary>
    /// <returns>When to look again; null: no restore is incomplete.</returns>
    public async Task<DateTimeOffset?> CompleteAsync(CancellationToken cancellation)
    {
        if (await _backups.FindMarkAsync(cancellation) is not ({ CleanedAt: null } mark, var etag))
        {
            return null;
        }

        if (mark.CopiedAt is null)
        {
            LogInterrupted(mark.Backup);
            return _time.GetUtcNow();
        }

        // If another instance is first, its mark says the same.
        if (mark.CompletedAt is null)
        {
            LogBegun(mark.Backup);
            var accounts = await _spent.RebuildAsync(cancellation);
            mark = mark with { CompletedAt = _time.GetUtcNow() };
            if (await _backups.TryWriteMarkAsync(mark, etag, cancellation) is not { } written)
            {
                return _time.GetUtcNow();
            }

            etag = written;
            LogComplete(mark.Backup, accounts);
        }

        // Calls do not wait for this.
        var blobs = 0;
        foreach (var container in _ofLostRows)
        {
            blobs += await RemoveAsync(container, mark.BegunAt, cancellation);
        }

        await _backups.TryWriteMarkAsync(mark with { CleanedAt = _time.GetUtcNow() }, etag, cancellation);
        LogCleaned(blobs);
        return null;
    }

    private static async Task<int> RemoveAsync(BlobContainerClient container, DateTimeOffset begun, CancellationToken cancellation)
    {
        var removed = 0;
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellation))
        {
            if (blob.Properties.LastModified <= begun)
            {
                await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
                removed++;
            }
        }

        return removed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await CompleteAsync(stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(e);
        }
        catch (OperationCanceledException)
        {
            // The instance stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The backup {Backup} was restored; counting from the journal what is spent")]
    private partial void LogBegun(string backup);

    [LoggerMessage(
        Level = LogLevel.Information, Message = "The restore of the backup {Backup} is complete; {Accounts} accounts have charges")]
    private partial void LogComplete(string backup, int accounts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Blobs} blobs whose rows were lost before the restore")]
    private partial void LogCleaned(int blobs);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "A restore of the backup {Backup} was begun and is not finished; run 'percall restore' again")]
    private partial void LogInterrupted(string backup);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to complete a restore; a round of chores tries again")]
    private partial void LogFailed(Exception exception);
}
