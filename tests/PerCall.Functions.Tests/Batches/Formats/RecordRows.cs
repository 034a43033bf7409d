using System.Text;
using PerCall.Functions.Batches.Formats;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>Reads records out of bytes, by ranges, as shards do.</summary>
internal static class RecordRows
{
    public const int MaxBytes = 1000;

    /// <summary>Rows of a range as <c>line:text</c>, or <c>line!code</c>.</summary>
    public static async Task<List<string>> ReadAsync(
        byte[] file, RecordRange range, RecordScanner scanner, int maxBytes = MaxBytes, int most = 7, bool slow = false)
    {
        var start = (int)Math.Max(0, range.From - 1);
        await using var reader = new RecordReader(new Trickle(file[start..], slow), range, scanner, maxBytes);
        using var batch = new RowBatch();
        List<string> rows = [];
        for (; await reader.ReadAsync(batch, most, default); batch.Clear())
        {
            rows.AddRange(
                batch.Rows.Select(
                    r => r.Fault is { } fault ? $"{r.Line}!{fault.Code}" : $"{r.Line}:{Encoding.UTF8.GetString(batch.BytesOf(r).Span)}"));
        }

        return rows;
    }

    /// <summary>Gives a byte or two at a time, as a network may.</summary>
    private sealed class Trickle(byte[] bytes, bool slow) : MemoryStream(bytes)
    {
        private int _next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(slow ? buffer[..Math.Min(buffer.Length, 1 + (_next++ % 2))] : buffer, cancellationToken);
    }
}
