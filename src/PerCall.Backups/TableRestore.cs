using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace PerCall.Backups;

/// <summary>The result of a restore.</summary>
/// <param name="Backup">The manifest of the backup.</param>
/// <param name="Rows">The rows that were written, by table.</param>
/// <param name="Actions">What the audit log says about the time since the backup.</param>
/// <param name="Elapsed">How long reading and writing took.</param>
public sealed record RestoreResult(
    BackupManifest Backup, IReadOnlyDictionary<string, long> Rows, RecordedActions Actions, TimeSpan Elapsed);

/// <summary>
/// Writes a backup into empty tables. The whole backup is verified before the first row is written. A restore that was interrupted can be
/// run again.
/// </summary>
/// <param name="container">The container with the backups.</param>
/// <param name="tables">The account with the empty tables.</param>
/// <param name="audit">The container of the audit log.</param>
/// <param name="time">The clock.</param>
public sealed class TableRestore(BackupContainer container, TableServiceClient tables, BlobContainerClient audit, TimeProvider time)
{
    private const string FormatTable = "service";
    private const int RowsAtOnce = 100;

    // Storage takes 4 MiB per transaction, in a form that is longer than the line.
    private const int BytesAtOnce = 1 << 20;
    private const int GroupsAtOnce = 16;

    /// <summary>Returns the newest complete backup's id; null: no backup is complete.</summary>
    public async Task<string?> NewestAsync(CancellationToken cancellationToken)
    {
        foreach (var day in (await container.DaysAsync(cancellationToken).ToListAsync(cancellationToken)).OrderDescending())
        {
            if (await container.IsCompleteAsync(day, cancellationToken))
            {
                return day;
            }
        }

        return null;
    }

    /// <summary>Restores a backup.</summary>
    /// <param name="id">The backup; null: the newest complete one, or the one of a restore that was interrupted.</param>
    /// <param name="report">Gets a sentence about each step.</param>
    /// <param name="cancellationToken">Stops the restore. It can be run again.</param>
    /// <exception cref="RestoreException">
    /// There is no such backup, it is damaged or of a newer format, a table is not empty, or another restore was begun.
    /// </exception>
    /// <exception cref="RequestFailedException">Storage fails.</exception>
    public async Task<RestoreResult> RunAsync(string? id, Action<string> report, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var found = await container.FindMarkAsync(cancellationToken);
        var unfinished = found is { Mark: { CopiedAt: null } mark } ? mark : null;
        id ??= unfinished?.Backup ?? await NewestAsync(cancellationToken)
            ?? throw new RestoreException($"The container '{BackupContainer.Name}' has no complete backup.");
        if (unfinished is not null && unfinished.Backup != id)
        {
            throw new RestoreException(
                $"A restore of {unfinished.Backup} was begun and is not finished. "
                    + $"Run 'percall restore --backup {unfinished.Backup}' again. "
                    + $"To restore {id} instead, delete all tables and the blob {BackupContainer.Name}/restore.json first.");
        }

        var manifest = await FindAsync(id, cancellationToken);
        await VerifyAsync(manifest, report, cancellationToken);
        var actions = await RecordedActions.ReadAsync(audit, manifest.StartedAt, cancellationToken);
        await CreateAsync(manifest, cancellationToken);
        var etag = found?.ETag;
        if (unfinished is null)
        {
            await RequireEmptyAsync(manifest, cancellationToken);
            unfinished = new(BackupManifest.CurrentFormat, id, await container.StorageTimeAsync(cancellationToken));
            etag = await container.TryWriteMarkAsync(unfinished, etag, cancellationToken) ?? throw Contended();
        }

        // The reverse order of the copy: what rows refer to comes first, so that a key is there only with its tenant and plan.
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var copy in manifest.Tables.Where(t => t.Table.Kind == TableKind.Copied).Reverse())
        {
            rows[copy.Table.Name] = await WriteAsync(copy, actions, cancellationToken);
            report(Text($"Table {copy.Table.Name}: {rows[copy.Table.Name]:N0} of {copy.Rows:N0} rows written."));
        }

        unfinished = unfinished with { CopiedAt = time.GetUtcNow() };
        _ = await container.TryWriteMarkAsync(unfinished, etag, cancellationToken) ?? throw Contended();
        return new(manifest, rows, actions, time.GetElapsedTime(began));
    }

    private async Task<BackupManifest> FindAsync(string id, CancellationToken cancellationToken)
    {
        BackupManifest? manifest;
        try
        {
            manifest = await container.FindAsync(id, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new RestoreException($"The manifest of the backup {id} cannot be read; choose another backup. {e.Message}");
        }

        return manifest switch
        {
            null => throw new RestoreException($"There is no complete backup {id}. 'percall backups' lists all backups."),
            { Format: > BackupManifest.CurrentFormat } => throw new RestoreException(
                $"The backup {id} has format {manifest.Format}, written by version {manifest.Service}. This version reads formats up to "
                    + $"{BackupManifest.CurrentFormat}; use percall of version {manifest.Service} or later."),
            _ => manifest,
        };
    }

    private async Task VerifyAsync(BackupManifest manifest, Action<string> report, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(manifest.Tables.SelectMany(t => t.Parts), cancellationToken, async (part, cancel) =>
        {
            await foreach (var _ in PartReader.ReadAsync(container, part, cancel))
            {
            }
        });
        report(Text(
            $"Backup {manifest.Id}, begun {manifest.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC by version {manifest.Service}: ")
            + Text($"{manifest.Rows:N0} rows verified."));
    }

    /// <summary>Creates missing tables. An identity with roles on single tables only may not, but can restore into existing ones.</summary>
    private async Task CreateAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        foreach (var table in manifest.Tables.Select(t => t.Table.Name))
        {
            try
            {
                await tables.CreateTableIfNotExistsAsync(table, cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status == 403)
            {
            }
        }
    }

    private async Task RequireEmptyAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        // Partitions that begin with '~' are notes of running instances. Rebuilt tables are right at any time. A new service that has
        // started has written the number of its format, which the backup's replaces.
        var used = new List<string>();
        foreach (var table in manifest.Tables.Where(t => t.Table.Kind != TableKind.Rebuilt).Select(t => t.Table.Name).Except([FormatTable]))
        {
            var rows = tables.GetTableClient(table).QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey lt {"~"}"), maxPerPage: 1, select: ["PartitionKey"],
                cancellationToken: cancellationToken);
            if (await rows.AnyAsync(cancellationToken))
            {
                used.Add(table);
            }
        }

        if (used.Count > 0)
        {
            throw new RestoreException(
                $"A restore needs empty tables, and these have rows: {string.Join(", ", used)}. Stop the service, make sure that the rows "
                    + "are not needed, delete these tables and run the command again.");
        }
    }

    /// <summary>Writes a table's rows, those of one partition in transactions. Rows that are there already are replaced.</summary>
    /// <returns>The number of rows written.</returns>
    private async Task<long> WriteAsync(BackupCopy copy, RecordedActions actions, CancellationToken cancellationToken)
    {
        var table = tables.GetTableClient(copy.Table.Name);
        var written = 0L;
        await Parallel.ForEachAsync(
            GroupsAsync(copy, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce, CancellationToken = cancellationToken },
            async (group, cancel) =>
            {
                var kept = group.Select(r => actions.Apply(copy.Table.Name, r)).OfType<TableEntity>().ToList();
                switch (kept.Count)
                {
                    case 0:
                        return;
                    case 1:
                        await table.UpsertEntityAsync(kept[0], TableUpdateMode.Replace, cancel);
                        break;
                    default:
                        await table.SubmitTransactionAsync(
                            kept.Select(r => new TableTransactionAction(TableTransactionActionType.UpsertReplace, r)), cancel);
                        break;
                }

                Interlocked.Add(ref written, kept.Count);
            });
        return written;
    }

    private async IAsyncEnumerable<List<TableEntity>> GroupsAsync(
        BackupCopy copy, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<TableEntity> group = [];
        var bytes = 0;
        foreach (var part in copy.Parts)
        {
            await foreach (var (row, length) in PartReader.ReadAsync(container, part, cancellationToken))
            {
                if (group.Count > 0
                    && (group[0].PartitionKey != row.PartitionKey || group.Count == RowsAtOnce || bytes + length > BytesAtOnce))
                {
                    yield return group;
                    (group, bytes) = ([], 0);
                }

                group.Add(row);
                bytes += length;
            }
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private static RestoreException Contended() =>
        new($"Another process changed {BackupContainer.Name}/restore.json. Make sure that only one restore runs, and run it again.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
