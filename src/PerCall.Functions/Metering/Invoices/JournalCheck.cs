using PerCall.Client.Wire;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;

namespace PerCall.Functions.Metering.Invoices;

/// <summary>Counts an account's month again from the journal alone.</summary>
public sealed class JournalCheck(JournalReader reader)
{
    /// <summary>
    /// An event stands in a blob of the hour of its call or of a later one; by so much a clock may have been set back; and a batch may take
    /// a day, and storage may have been away.
    /// </summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);
    private static readonly TimeSpan After = TimeSpan.FromHours(48);

    /// <param name="account">The account.</param>
    /// <param name="month">The month.</param>
    /// <param name="usage">What has been counted; journals are read as far as it was.</param>
    /// <param name="cancellation">Ends the reading.</param>
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
