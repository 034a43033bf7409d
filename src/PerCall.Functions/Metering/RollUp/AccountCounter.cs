using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Journal;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>An event, and the offset of its end in the blob.</summary>
public readonly record struct PlacedEvent(long End, UsageEvent Usage);

/// <summary>
/// Adds events of one account to its rows, each event once. One transaction changes the rows and the checkpoint together.
/// </summary>
/// <param name="table">The table with the rows and checkpoints.</param>
/// <param name="rowsPerTransaction">Maximum rows per transaction. Storage allows 100 entities, and one of them is the checkpoint.</param>
public sealed class AccountCounter(UsageTable table, int rowsPerTransaction = 99)
{
    /// <param name="account">The account.</param>
    /// <param name="blob">The journal blob.</param>
    /// <param name="events">The account's events in that blob, after an offset that has been counted, in order and without gaps.</param>
    /// <param name="cancellation">Cancels the work between two transactions.</param>
    public async Task CountAsync(string account, string blob, IReadOnlyList<PlacedEvent> events, CancellationToken cancellation)
    {
        while (true)
        {
            // The order matters. A process that counts the same events at the same time changes the rows. A process that counted them
            // earlier left a checkpoint or, if that was removed, a watermark after this blob.
            var rows = await RowsAsync(account, events, cancellation);
            var checkpoint = await table.CheckpointAsync(account, blob, cancellation);
            if (checkpoint is null)
            {
                var watermark = await table.WatermarkAsync(cancellation);
                if (string.CompareOrdinal(JournalBlob.HourOf(blob), watermark) < 0)
                {
                    return;
                }

                // Once per blob, at the account's first event in it.
                await table.RememberAccountAsync(account, cancellation);
                await table.DropCheckpointsAsync(account, watermark, cancellation);
            }

            var left = events.Where(e => e.End > (checkpoint?.Offset ?? 0)).ToList();
            if (left.Count == 0)
            {
                return;
            }

            await TryCountAsync(account, blob, left, rows, checkpoint, cancellation);
        }
    }

    private async Task TryCountAsync(
        string account, string blob, List<PlacedEvent> events, Dictionary<string, UsageRow> rows, Checkpoint? checkpoint,
        CancellationToken cancellation)
    {
        var end = 0L;
        Dictionary<string, UsageRow> changed = new(StringComparer.Ordinal);
        foreach (var one in events)
        {
            var key = UsageKey.Of(one.Usage).ToRowKey();
            if (!changed.TryGetValue(key, out var row))
            {
                if (changed.Count == rowsPerTransaction)
                {
                    break;
                }

                changed[key] = row = rows.GetValueOrDefault(key) ?? new UsageRow { PartitionKey = account, RowKey = key };
            }

            row.Add(UsageCounts.Of(one.Usage));
            end = one.End;
        }

        var mark = new Checkpoint { PartitionKey = account, RowKey = Checkpoint.KeyOf(blob), Offset = end };
        try
        {
            await table.Client.SubmitTransactionAsync(
                [Change(mark, checkpoint?.ETag ?? default), .. changed.Values.Select(r => Change(r, r.ETag))], cancellation);
        }
        catch (RequestFailedException e) when (e.IsRowConflict())
        {
            // Another process is counting too; read the remaining events again.
        }
    }

    private static TableTransactionAction Change(ITableEntity entity, ETag known) =>
        known == default ? new(TableTransactionActionType.Add, entity) : new(TableTransactionActionType.UpdateReplace, entity, known);

    /// <summary>Reads the rows of the events' days.</summary>
    private async Task<Dictionary<string, UsageRow>> RowsAsync(
        string account, IReadOnlyList<PlacedEvent> events, CancellationToken cancellation)
    {
        Dictionary<string, UsageRow> rows = new(StringComparer.Ordinal);
        foreach (var day in events.Select(e => DateOnly.FromDateTime(e.Usage.Time.UtcDateTime)).Distinct())
        {
            foreach (var row in await table.RowsAsync(account, day, day.AddDays(1), cancellation))
            {
                rows[row.RowKey] = row;
            }
        }

        return rows;
    }
}
