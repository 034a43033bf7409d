using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Usage;

/// <summary>
/// Reads an account's usage: the counted rows and the journal lines after them. A call is therefore visible as soon as it is answered.
/// </summary>
public sealed class UsageQuery(UsageTable table, JournalReader reader)
{
    /// <param name="account">The account.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public async Task<UsageSnapshot> ReadAsync(string account, DateOnly from, DateOnly to, CancellationToken cancellation)
    {
        while (true)
        {
            // The order matters. Events are counted before the progress of all accounts is stored. Rows change only together with a
            // checkpoint, and a checkpoint is removed only after the watermark has moved. So if neither has changed, rows and checkpoints
            // belong to the same state.
            var watermark = await table.WatermarkAsync(cancellation);
            var passed = await table.ProgressAsync(watermark, cancellation);
            var checkpoints = await table.CheckpointsAsync(account, cancellation);
            var rows = await table.RowsAsync(account, from, to.AddDays(1), cancellation);
            var checkpointsAfter = await table.CheckpointsAsync(account, cancellation);
            if (checkpoints.Count == checkpointsAfter.Count && checkpoints.All(c => checkpointsAfter.GetValueOrDefault(c.Key) == c.Value)
                && await table.WatermarkAsync(cancellation) == watermark)
            {
                var sums = rows.ToDictionary(r => UsageKey.Parse(r.RowKey), r => r.Counts());
                var ends = await AddTailAsync(
                    sums, account, from, to, watermark, b =>
                        Math.Max(checkpoints.GetValueOrDefault(b), passed.GetValueOrDefault(b)?.Offset ?? 0), cancellation);
                return new(sums, watermark, ends);
            }
        }
    }

    private async Task<Dictionary<string, long>> AddTailAsync(
        Dictionary<UsageKey, UsageCounts> sums, string account, DateOnly from, DateOnly to, string watermark, Func<string, long> countedTo,
        CancellationToken cancellation)
    {
        Dictionary<string, long> ends = new(StringComparer.Ordinal);
        await foreach (var blob in reader.ListAsync(watermark, cancellation))
        {
            var end = countedTo(blob.Name);
            await foreach (var entry in reader.ReadAsync(blob.Name, end, Math.Max(end, blob.Length), cancellation))
            {
                end = entry.End;
                if (entry.Line.Subject == account && entry.Line.ToEvent() is var usage && UsageKey.Of(usage) is var key && key.Day >= from
                    && key.Day <= to)
                {
                    sums[key] = sums.GetValueOrDefault(key) + UsageCounts.Of(usage);
                }
            }

            ends[blob.Name] = end;
        }

        return ends;
    }
}
