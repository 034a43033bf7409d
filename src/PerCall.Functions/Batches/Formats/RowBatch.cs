using System.Buffers;

namespace PerCall.Functions.Batches.Formats;

/// <summary>A row as it stands in the file.</summary>
/// <param name="Line">Its line, from 1; of a record of several lines the first; of an archive the entry's number.</param>
/// <param name="Start">Of its bytes in the batch.</param>
/// <param name="Length">Of its bytes.</param>
/// <param name="Name">Of an archive's entry.</param>
/// <param name="Fault">Set where the row cannot even be read; it has no bytes then.</param>
public readonly record struct RawRow(long Line, int Start, int Length, string? Name = null, RowFault? Fault = null);

/// <summary>A few rows that are worked on together, their bytes in one rented buffer. One, filled again and again.</summary>
public sealed class RowBatch : IDisposable
{
    /// <summary>A batch that has so many bytes takes no further row.</summary>
    public const int EnoughBytes = 1 << 20;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _used;

    public List<RawRow> Rows { get; } = [];

    /// <summary>Offset behind the last row, in a file of records.</summary>
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

    /// <summary>Room for an entry that is being read; what is kept of it <see cref="Keep"/> says.</summary>
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
            // All of it: behind what is used may stand an entry that is being read.
            _bytes.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_used, length);
    }
}
