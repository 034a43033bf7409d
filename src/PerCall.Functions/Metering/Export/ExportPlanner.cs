using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Export;

/// <summary>Finds journal lines that are not yet exported.</summary>
public sealed class ExportPlanner(JournalReader reader, UsageTable table)
{
    /// <returns>The plan of the next file; null: there are no new lines.</returns>
    public async Task<ExportPlan?> MakeAsync(ExportCursor cursor, CancellationToken cancellation)
    {
        // Read before the lengths: a blob that is final at this watermark already has its final length.
        var watermark = await table.WatermarkAsync(cancellation);
        List<ExportRange> ranges = [];
        Dictionary<string, long> offsets = new(StringComparer.Ordinal);
        await foreach (var blob in reader.ListAsync(cursor.Hour, cancellation))
        {
            var from = cursor.Offsets.GetValueOrDefault(blob.Name);
            if (blob.Length > from)
            {
                ranges.Add(new(blob.Name, from, blob.Length));
            }

            if (string.CompareOrdinal(JournalBlob.HourOf(blob.Name), watermark) >= 0)
            {
                offsets[blob.Name] = blob.Length;
            }
        }

        var hour = string.CompareOrdinal(cursor.Hour, watermark) > 0 ? cursor.Hour : watermark;
        return await AnyEventAsync(ranges, cancellation) ? new(ranges, new(cursor.Next + 1, hour, offsets)) : null;
    }

    private async Task<bool> AnyEventAsync(List<ExportRange> ranges, CancellationToken cancellation)
    {
        foreach (var range in ranges)
        {
            if (await reader.ReadAsync(range.Blob, range.From, range.To, cancellation).AnyAsync(e => !e.Line.IsMark, cancellation))
            {
                return true;
            }
        }

        return false;
    }
}
