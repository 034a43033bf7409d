using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Backups;
using PerCall.Functions.Budget;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Backups;

/// <summary>
/// Completes a restore: computes from the journal what each account has spent. It begins when an instance starts. If that instance dies,
/// a chore continues. Each part can run twice, also on two instances at once.
/// </summary>
public sealed partial class RestoreCompletion(
    BackupContainer container, RestoredTables restored, SpentAmounts spent, TimeProvider time, ILogger<RestoreCompletion> log)
    : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromHours(1);

    private long? _looked;

    /// <summary>Completes a restore if there is one. Looks for it once an hour, and at once when calls wait for it.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (!restored.IsAwaited && _looked is { } at && time.GetElapsedTime(at) < Again)
        {
            return;
        }

        await CompleteAsync(cancellation);
        _looked = time.GetTimestamp();
    }

    /// <summary>Completes a restore whose rows are all copied.</summary>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        if (await container.FindMarkAsync(cancellation) is not ({ CompletedAt: null } mark, var etag))
        {
            return;
        }

        if (mark.CopiedAt is null)
        {
            LogInterrupted(mark.Backup);
            return;
        }

        LogBegun(mark.Backup);
        var accounts = await spent.RebuildAsync(cancellation);
        // If another instance was first, its mark says the same.
        await container.TryWriteMarkAsync(mark with { CompletedAt = time.GetUtcNow() }, etag, cancellation);
        LogComplete(mark.Backup, accounts);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await LookAsync(stoppingToken);
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

    [LoggerMessage(
        Level = LogLevel.Error, Message = "A restore of the backup {Backup} was begun and is not finished; run 'percall restore' again")]
    private partial void LogInterrupted(string backup);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to complete a restore; retrying in a minute")]
    private partial void LogFailed(Exception exception);
}
