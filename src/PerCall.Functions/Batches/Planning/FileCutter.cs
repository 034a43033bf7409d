using System.Buffers;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Cuts a file between its records, in one pass and with bounded memory.</summary>
/// <param name="delimiter">The delimiter between fields.</param>
/// <param name="ends">The line ends of the file. Other line ends also end rows, as in <see cref="RecordReader"/>, but do not end
/// shards.</param>
/// <param name="shardBytes">The target size in bytes. A shard ends at the first record end after this many bytes.</param>
/// <param name="start">The offset of the first row.</param>
/// <param name="line">The line number at <paramref name="start"/>.</param>
public sealed class FileCutter(char delimiter, LineEnds ends, long shardBytes, long start, long line)
{
    private const int BufferBytes = 1 << 20;

    private readonly CsvScanner _scanner = new((byte)delimiter, LineEnds.Any);
    private long _shardStart = start;
    private long _shardLine = line;
    private long _shardRows;
    private long _line = line;
    private bool _rowHasContent;

    public List<ShardCut> Cuts { get; } = [];

    public long Rows { get; private set; }

    /// <param name="stream">The data, from the first row.</param>
    /// <param name="cancellation">Cancels the cutting.</param>
    public async Task CutAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var offset = _shardStart;
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
            {
                Scan(buffer.AsSpan(0, count), offset);
                offset += count;
            }

            EndRow();
            if (offset > _shardStart)
            {
                Cut(offset);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Scan(ReadOnlySpan<byte> data, long offset)
    {
        while (_scanner.FindEnd(data) is > 0 and var end)
        {
            var record = data[..end];
            _line += _scanner.CountLines(record);
            _rowHasContent |= !record.Trim(" \t\r\n"u8).IsEmpty;
            EndRow();
            data = data[end..];
            offset += end;
            if (offset - _shardStart >= shardBytes && record[^1] == ends.LastByte())
            {
                Cut(offset);
            }
        }

        _line += _scanner.CountLines(data);
        _rowHasContent |= !data.Trim(" \t\r\n"u8).IsEmpty;
    }

    private void EndRow()
    {
        _shardRows += _rowHasContent ? 1 : 0;
        Rows += _rowHasContent ? 1 : 0;
        _rowHasContent = false;
    }

    private void Cut(long end)
    {
        Cuts.Add(new(_shardStart, end, _shardLine, _shardRows));
        (_shardStart, _shardLine, _shardRows) = (end, _line, 0);
    }
}
