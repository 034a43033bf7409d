using System.Buffers;

namespace PerCall.Functions.Batches.Formats;

/// <summary>A row of the file, before it is parsed.</summary>
/// <param name="Line">The line number, from 1; the first line of a record of several lines; the entry number in an archive.</param>
/// <param name="Start">The offset of the row's bytes in the batch.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Name">The entry name in an archive; otherwise null.</param>
/// <param name="Fault">The reason why the row cannot be read; null if it can. A row with a fault has no bytes.</param>
public readonly record struct RawRow(long Line, int Start, int Length, string? Name = null, RowFault? Fault = null);

/// <summary>
/// A group of rows that are processed together, with their bytes in one rented buffer. It can be cleared and filled again.
/// </summary>
public sealed class RowBatch : IDisposable
{
    /// <summary>The number of bytes after which the batch takes no further row.</summary>
    public const int EnoughBytes = 1 << 20;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _used;

    public List<RawRow> Rows { get; } = [];

    /// <summary>The offset after the last row, in a file of records.</summary>
    public long End { get; set; }

    public bool HasEnough => _used >= EnoughBytes;

    public ReadOnlyMemory<byte> BytesOf(RawRow row) => _bytes.AsMemory(row.Start, row.Length);

    public void Clear()
    {
        Rows.Clear();
        _used = 0;
    }

    public void Add(long line, ReadOnlySpan<byte> bytes)
    {
        var start = _used;
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
        Rows.Add(new(line, start, bytes.Length));
    }

    public void Add(long line, RowFault fault, string? name = null) => Rows.Add(new(line, 0, 0, name, fault));

    /// <summary>Returns room for an entry that is being read. <see cref="Keep"/> sets how much of it is kept.</summary>
    public Memory<byte> Room(int length)
    {
        Reserve(length);
        return _bytes.AsMemory(_used, length);
    }

    public void Keep(long line, int length, string name)
    {
        Rows.Add(new(line, _used, length, name));
        _used += length;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private Span<byte> Reserve(int length)
    {
        if (_used + length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_used + length, _bytes.Length * 2));
            // Copy the whole buffer: an entry that is being read may follow the used part.
            _bytes.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_used, length);
    }
}
