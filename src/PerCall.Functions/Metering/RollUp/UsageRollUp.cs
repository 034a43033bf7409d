using PerCall.Functions.Journal;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>
/// Counts new events in all journals, each event once, also after concurrent runs and crashes. Its cost depends only on the number of new
/// events.
/// </summary>
public sealed class UsageRollUp(
    JournalReader reader, JournalFence fence, JournalHours hours, UsageTable table, AccountCounter counter, TimeProvider time)
{
    private const int EventsAtOnce = 5000;
    private const int AccountsAtOnce = 8;

    /// <summary>How long a writer has to move to the next hour before its blob is closed for it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <returns>The present if there were new events, because calls go on; null: there were none.</returns>
    public async Task<DateTimeOffset?> RunAsync(CancellationToken cancellation)
    {
        var counted = false;
        var oldest = time.GetUtcNow();
        var watermark = await table.WatermarkAsync(cancellation);
        var over = JournalBlob.Hour(time.GetUtcNow() - Grace);
        var passes = string.CompareOrdinal(watermark, over) < 0;
        if (passes)
        {
            // Before the hours are listed for the last time; see JournalHours.
            await hours.MoveAsync(over, cancellation);
        }

        var progress = await table.ProgressAsync(watermark, cancellation);
        var pending = new Queue<JournalBlobItem>();
        HashSet<string> seen = new(StringComparer.Ordinal);
        await foreach (var blob in reader.ListAsync(watermark, cancellation))
        {
            pending.Enqueue(blob);
            seen.Add(blob.Name);
        }

        while (pending.TryDequeue(out var blob))
        {
            var isOver = string.CompareOrdinal(JournalBlob.HourOf(blob.Name), over) < 0;
            var known = progress.GetValueOrDefault(blob.Name);
            var next = known?.Next;
            if (known is not { Final: true } && (isOver || blob.Length > (known?.Offset ?? 0)))
            {
                (next, var first) = await CountAsync(blob.Name, known?.Offset ?? 0, isOver, cancellation);
                oldest = first < oldest ? first.Value : oldest;
                counted |= first is not null;
            }

            if (!isOver || next is null || !seen.Add(next))
            {
                continue;
            }

            if (string.CompareOrdinal(JournalBlob.HourOf(next), over) < 0)
            {
                pending.Enqueue(new(next, 0));
            }
            else if (!await reader.ExistsAsync(next, cancellation))
            {
                // The writer may still create this blob, in any hour that its clock showed. Close the blob before it begins.
                await fence.SealAsync(next, cancellation);
            }
        }

        if (passes)
        {
            await table.MoveWatermarkAsync(over, cancellation);
            await table.DropProgressAsync(over, cancellation);
        }

        Measures.JournalIsBehind(time.GetUtcNow() - oldest);
        return counted ? time.GetUtcNow() : null;
    }

    /// <summary>Counts a blob's events from an offset on.</summary>
    /// <returns>The blob that continues the chain, if known; and the time of the first new event, if there was one.</returns>
    private async Task<(
        string? Next, DateTimeOffset? First)> CountAsync(string blob, long offset, bool close, CancellationToken cancellation)
    {
        JournalLine? mark = null;
        DateTimeOffset? first = null;
        List<PlacedEvent> events = [];
        await foreach (var entry in close ? fence.ReadToMarkAsync(blob, offset, cancellation) : reader.ReadAsync(
            blob, offset, cancellation: cancellation))
        {
            offset = entry.End;
            if (entry.Line.IsMark)
            {
                mark = entry.Line;
                break;
            }

            events.Add(new(entry.End, entry.Line.ToEvent()));
            first ??= events[^1].Usage.Time;
            if (events.Count == EventsAtOnce)
            {
                await CountAsync(blob, events, cancellation);
                await table.SaveProgressAsync(blob, offset, null, cancellation);
                events.Clear();
            }
        }

        await CountAsync(blob, events, cancellation);
        await table.SaveProgressAsync(blob, offset, mark, cancellation);
        return (mark?.Close?.Next, first);
    }

    private Task CountAsync(string blob, List<PlacedEvent> events, CancellationToken cancellation) => Parallel.ForEachAsync(
        events.GroupBy(e => e.Usage.Account, StringComparer.Ordinal),
        new ParallelOptions { MaxDegreeOfParallelism = AccountsAtOnce, CancellationToken = cancellation },
        async (account, cancel) => await counter.CountAsync(account.Key, blob, [.. account], cancel));
}
