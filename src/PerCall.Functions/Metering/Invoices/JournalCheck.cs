using PerCall.Client.Wire;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Recounts an account's month from the journal alone.</summary>
public sealed class JournalCheck(JournalReader reader)
{
    /// <summary>
    /// How far the search extends around the month. An event is in a blob of its call's hour or of a later one. A clock may have been set
    /// back by up to this time; a batch can take a day, and storage may have been down.
    /// </summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);
    private static readonly TimeSpan After = TimeSpan.FromHours(48);

    /// <param name="account">The account.</param>
    /// <param name="month">The month.</param>
    /// <param name="usage">The counted usage. Journals are read to the same positions.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public async Task<InvoiceReconciliation> CompareAsync(
        string account, InvoiceMonth month, UsageSnapshot usage, CancellationToken cancellation)
    {
        var first = JournalBlob.Hour(new DateTimeOffset(month.First, TimeOnly.MinValue, TimeSpan.Zero) - Before);
        var last = JournalBlob.Hour(JournalBlob.StartOf(month.EndHour) + After);
        Dictionary<UsageKey, UsageCounts> sums = [];
        await foreach (var blob in reader.ListAsync(first, cancellation))
        {
            var hour = JournalBlob.HourOf(blob.Name);
            if (string.CompareOrdinal(hour, last) > 0)
            {
                break;
            }

            var end = string.CompareOrdinal(hour, usage.Watermark) < 0 ? long.MaxValue : usage.Ends.GetValueOrDefault(blob.Name);
            await foreach (var entry in reader.ReadAsync(blob.Name, 0, end, cancellation))
            {
                if (entry.Line.Subject == account && entry.Line.ToEvent() is var one && UsageKey.Of(one) is var key
                    && key.Day >= month.First && key.Day <= month.Last)
                {
                    sums[key] = sums.GetValueOrDefault(key) + UsageCounts.Of(one);
                }
            }
        }

        var (journal, rows) = (sums.Values.Sum(s => s.Charge), usage.Rows.Values.Sum(s => s.Charge));
        var differing = sums.Keys.Union(usage.Rows.Keys).Count(k => sums.GetValueOrDefault(k) != usage.Rows.GetValueOrDefault(k));
        return new(journal, rows, journal - rows, differing);
    }
}
