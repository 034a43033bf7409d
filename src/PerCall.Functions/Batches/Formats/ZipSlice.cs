using System.Buffers;
using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The name of an archive entry.</summary>
/// <param name="Name">The decoded name.</param>
/// <param name="IsPicture">Whether the entry is a row.</param>
public readonly record struct ZipEntryName(string Name, bool IsPicture);

/// <summary>
/// Presents some entries of an archive to the library as a complete archive: the blob up to its central directory, a slice of that
/// directory, and an end record for that slice only. The blob is read in windows, so that many small entries cost one request.
/// </summary>
public sealed class ZipSlice : ReadingStream
{
    private const int Window = 2 << 20;
    private const int End64Length = 56;
    private const int LocatorLength = 20;
    private const int EndLength = 22;

    private readonly BlobClient _blob;
    private readonly ETag _etag;
    private readonly long _directory;
    private readonly byte[] _tail;
    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(Window);
    private long _windowStart;
    private int _windowLength;
    private bool _disposed;

    private ZipSlice(BlobClient blob, ETag etag, long directory, byte[] tail, IReadOnlyList<ZipEntryName> entries) =>
        (_blob, _etag, _directory, _tail, Entries) = (blob, etag, directory, tail, entries);

    /// <summary>Returns the entries in the slice, in order.</summary>
    public IReadOnlyList<ZipEntryName> Entries { get; }

    public override bool CanSeek => true;

    public override long Length => _directory + _tail.Length;

    public override long Position { get; set; }

    /// <param name="blob">The archive.</param>
    /// <param name="etag">The ETag of the accepted version.</param>
    /// <param name="directory">The central directory of the whole archive.</param>
    /// <param name="from">The offset of the first directory byte in the slice, where an entry begins.</param>
    /// <param name="to">The offset after the last entry in the slice.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public static async Task<ZipSlice> OpenAsync(
        BlobClient blob, ETag etag, long directory, long from, long to, CancellationToken cancellation)
    {
        var slice = new byte[to - from];
        await using var part = new BlobPart(blob, etag, from, slice.Length);
        await part.ReadExactlyAsync(slice, cancellation);
        var entries = EntriesOf(slice);
        return new(blob, etag, directory, TailOf(slice, directory, entries.Count), entries);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= _directory)
        {
            return Read(buffer.Span);
        }

        if (Position < _windowStart || Position >= _windowStart + _windowLength)
        {
            await FillAsync(cancellationToken);
        }

        var held = _window.AsSpan((int)(Position - _windowStart), (int)(_windowStart + _windowLength - Position));
        var taken = Math.Min(held.Length, buffer.Length);
        held[..taken].CopyTo(buffer.Span);
        Position += taken;
        return taken;
    }

    /// <summary>Reads from the directory, which is in memory. Entries are read asynchronously, so no thread is blocked.</summary>
    public override int Read(Span<byte> buffer)
    {
        if (Position < _directory)
        {
            throw new NotSupportedException("Synchronous reads are not supported; use the asynchronous methods.");
        }

        var rest = _tail.AsSpan((int)Math.Min(_tail.Length, Position - _directory));
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            ArrayPool<byte>.Shared.Return(_window);
        }

        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        var length = Math.Min(Window, _directory - Position);
        await using var part = new BlobPart(_blob, _etag, Position, length);
        _windowLength = await part.ReadAtLeastAsync(_window.AsMemory(0, (int)length), (int)length, throwOnEndOfStream: false, cancellation);
        _windowStart = Position;
        if (_windowLength == 0)
        {
            throw new EndOfStreamException("The archive ends before its central directory.");
        }
    }

    private static List<ZipEntryName> EntriesOf(ReadOnlySpan<byte> slice)
    {
        List<ZipEntryName> entries = [];
        for (var at = 0; at < slice.Length;)
        {
            var header = ZipEntryHeader.Read(slice[at..]) ?? throw ZipDirectory.Damaged("its central directory has changed");
            entries.Add(new(header.NameIn(slice[at..]), header.IsPicture));
            at += header.Length;
        }

        return entries;
    }

    /// <summary>Builds the end of the archive: the slice, followed by its ZIP64 and plain end records.</summary>
    private static byte[] TailOf(ReadOnlySpan<byte> slice, long directory, long entries)
    {
        var tail = new byte[slice.Length + End64Length + LocatorLength + EndLength];
        slice.CopyTo(tail);
        var end64 = tail.AsSpan(slice.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end64, 0x06064b50);
        BinaryPrimitives.WriteInt64LittleEndian(end64[4..], End64Length - 12);
        BinaryPrimitives.WriteInt16LittleEndian(end64[12..], 45);
        BinaryPrimitives.WriteInt16LittleEndian(end64[14..], 45);
        BinaryPrimitives.WriteInt64LittleEndian(end64[24..], entries);
        BinaryPrimitives.WriteInt64LittleEndian(end64[32..], entries);
        BinaryPrimitives.WriteInt64LittleEndian(end64[40..], slice.Length);
        BinaryPrimitives.WriteInt64LittleEndian(end64[48..], directory);
        var locator = end64[End64Length..];
        BinaryPrimitives.WriteUInt32LittleEndian(locator, 0x07064b50);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], directory + slice.Length);
        BinaryPrimitives.WriteInt32LittleEndian(locator[16..], 1);
        var end = locator[LocatorLength..];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        // Readers find values that do not fit here in the ZIP64 record.
        end[4..20].Fill(0xff);
        BinaryPrimitives.WriteInt32LittleEndian(end[4..], 0);
        return tail;
    }
}
