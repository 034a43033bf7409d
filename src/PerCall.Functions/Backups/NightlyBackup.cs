using System.Diagnostics;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Backups;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Backups;

/// <summary>
/// Copies the tables once a day, and removes old backups. A run that finds the day's backup complete asks storage nothing more until the
/// next day.
/// </summary>
public sealed partial class NightlyBackup
{
    private readonly TableBackup _backup;
    private readonly BackupOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<NightlyBackup> _log;
    private string? _done;

    /// <param name="container">The container with the backups.</param>
    /// <param name="tables">The account with the tables.</param>
    /// <param name="required">All tables of the service; those that others refer to come first.</param>
    /// <param name="options">When backups are taken, and how long they are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <param name="sizes">Bounds of a run; null: the usual ones.</param>
    public NightlyBackup(
        BackupContainer container, TableServiceClient tables, IEnumerable<RequiredTable> required, IOptions<BackupOptions> options,
        TimeProvider time, ILogger<NightlyBackup> log, BackupSizes? sizes = null)
    {
        // In this order, a copied key has its tenant in the copy, and a copied tenant its plan, whatever is created meanwhile.
        var wanted = required.Reverse().Select(t => new BackupTable(t.Name, t.Backup.Kind, t.Backup.Filter, t.Backup.Reason)).ToList();
        _backup = new(container, tables, wanted, Version(), time, sizes ?? new());
        (_options, _time, _log) = (options.Value, time, log);
    }

    /// <summary>Takes or continues the day's backup if it is due and not complete.</summary>
    /// <returns>When the backup is to be continued; null: it is complete, or not due yet.</returns>
    public async Task<DateTimeOffset?> RunAsync(CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var day = BackupContainer.IdOf(DateOnly.FromDateTime(now.UtcDateTime));
        if (now.Hour < _options.Hour || _done == day)
        {
            return null;
        }

        if (!await _backup.ContinueAsync(day, cancellation))
        {
            return now;
        }

        await _backup.RemoveBeforeAsync(BackupContainer.IdOf(DateOnly.FromDateTime((now - _options.Kept).UtcDateTime)), cancellation);
        _done = day;
        LogDone(day);
        return null;
    }

    private static string Version() => FileVersionInfo.GetVersionInfo(typeof(NightlyBackup).Assembly.Location).ProductVersion ?? "unknown";

    [LoggerMessage(Level = LogLevel.Information, Message = "The backup {Day} of the tables is complete")]
    private partial void LogDone(string day);
}
