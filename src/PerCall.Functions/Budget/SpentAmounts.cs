using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// Computes from the journal what each account has spent in the current month, and writes the rows that were lost. The journal holds every
/// charge, so a row is never too low.
/// </summary>
public sealed class SpentAmounts(LimitsTable table, JournalReader reader, JournalFence fence, TimeProvider time)
{
    /// <summary>
    /// How far before the month blobs are read: an event can be in the blob of the hour before its call's hour, and clocks differ.
    /// </summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(2);

    /// <summary>How long after its end a month is computed too: calls that were admitted in it can still be charged.</summary>
    private static readonly TimeSpan After = TimeSpan.FromDays(1);

    private const int AtOnce = 8;

    /// <summary>Writes the missing rows. Rows that exist are right and stay as they are. Can be repeated.</summary>
    /// <returns>The number of accounts that have spent anything.</returns>
    public async Task<int> RebuildAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        DateOnly[] months = [.. new[] { MonthRow.MonthOf(now - After), MonthRow.MonthOf(now) }.Distinct()];
        var first = JournalBlob.Hour(new DateTimeOffset(months[0], TimeOnly.MinValue, TimeSpan.Zero) - Before);
        var spent = new Dictionary<(string Account, DateOnly Month), Amounts>();

        // Closes every journal, so that nobody can charge to a lease of a lost row once its charges are counted. An instance that runs
        // continues in a new journal. There it has no lease until the account's row is written.
        var pending = new Queue<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in reader.ListAsync(first, cancellation))
        {
            pending.Enqueue(blob.Name);
            seen.Add(blob.Name);
        }

        while (pending.TryDequeue(out var blob))
        {
            await foreach (var entry in fence.ReadToMarkAsync(blob, 0, cancellation))
            {
                if (entry.Line.IsMark)
                {
                    // A blob that its writer has named, and that did not exist when the blobs were listed.
                    if (entry.Line.Close?.Next is { } next && seen.Add(next))
                    {
                        pending.Enqueue(next);
                    }
                }
                else if (entry.Line.ToEvent() is var usage && MonthRow.MonthOf(usage.Time) is var month && months.Contains(month))
                {
                    if (!spent.TryGetValue((usage.Account, month), out var amounts))
                    {
                        spent[(usage.Account, month)] = amounts = new();
                    }

                    amounts.Add(usage.Price.Unit, usage.FreeUnits, usage.Charge);
                }
            }
        }

        await Parallel.ForEachAsync(
            spent, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (one, cancel) =>
                await new MonthRow(table, one.Key.Account, one.Key.Month).TryWriteAsync(new() { Spent = one.Value }, read: null, cancel));

        return spent.Keys.Select(k => k.Account).Distinct(StringComparer.Ordinal).Count();
    }
}
