using System.IO.Compression;
using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>
/// Files of hundreds of megabytes that were made to fill memory. What reading them allocates is counted on the thread that reads, so that
/// nothing else on the machine counts. Every stream here answers at once, so that all of a reading stays on that thread.
/// </summary>
public sealed class BoundedMemoryTests
{
    /// <summary>Bytes of a row of texts; of a picture 20 MB.</summary>
    private const int MaxBytes = 16 << 20;
    private const long Huge = 400L << 20;
    private const long Megabyte = 1 << 20;

    private readonly int _thread = Environment.CurrentManagedThreadId;

    [Fact]
    public async Task Read_OfALineWithoutEnd_HoldsOneRowAtMost()
    {
        await using var stream = new FilledStream("{\"id\": \"first\"}\n", Huge, (byte)'x', "\n{\"id\": \"last\"}\n");

        var (rows, allocated) = await ReadAsync(
            new RecordReader(stream, new(0, stream.Length, 1), new LineScanner(LineEnds.LineFeed), MaxBytes));

        Assert.Equal(["1:{\"id\": \"first\"}", "2!row_too_long", "3:{\"id\": \"last\"}"], rows);
        // The buffer doubles until it is longer than a row may be: 64 MiB in all.
        Assert.InRange(allocated, 0, 5 * MaxBytes);
    }

    [Fact]
    public async Task Read_OfTenMillionEmptyLines_HoldsNone()
    {
        const int Lines = 10_000_000;
        await using var stream = new FilledStream("first\n", Lines, (byte)'\n', "last\n");

        var (rows, allocated) = await ReadAsync(
            new RecordReader(stream, new(0, stream.Length, 1), new LineScanner(LineEnds.LineFeed), MaxBytes));

        Assert.Equal(["1:first", $"{Lines + 2}:last"], rows);
        Assert.InRange(allocated, 0, Megabyte);
    }

    [Fact]
    public async Task Read_OfAQuotedFieldWithoutEnd_HoldsOneRowAtMost()
    {
        await using var stream = new FilledStream("id,text\n1,\"", Huge, (byte)'\n', "");

        var (rows, allocated) = await ReadAsync(
            new RecordReader(stream, new(0, stream.Length, 1), RecordScanner.Of(InputFormat.Csv, ',', LineEnds.LineFeed), MaxBytes));

        Assert.Equal(["1:id,text", "2!unclosed_quote"], rows);
        Assert.InRange(allocated, 0, 5 * MaxBytes);
    }

    [Fact]
    public async Task Read_OfAPictureThatUnpacksWithoutEnd_HoldsOnePictureAtMost()
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            using var bomb = zip.CreateEntry("bomb.png", CompressionLevel.Fastest).Open();
            await using var content = new FilledStream("", Huge, 0, "");
            await content.CopyToAsync(bomb, TestContext.Current.CancellationToken);
        }

        using var archive = new ZipArchive(packed, ZipArchiveMode.Read);
        var (rows, allocated) = await ReadAsync(new ZipReader(archive, [new("bomb.png", true)], 1, MaxBytes));

        Assert.Equal(["1!image_too_long"], rows);
        Assert.InRange(allocated, 0, 5 * MaxBytes);
    }

    [Fact]
    public async Task Unpack_OfAGzipThatUnpacksWithoutEnd_HoldsNothing()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await using var content = new FilledStream("", Huge / 4, (byte)'x', "");
            await content.CopyToAsync(gzip, TestContext.Current.CancellationToken);
        }

        packed.Position = 0;
        await using var stream = new UnpackedStream(packed, packed.Length, long.MaxValue);
        var buffer = new byte[1 << 16];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = 0L;
        var refused = await Assert.ThrowsAsync<RefusedException>(async () =>
        {
            for (int read; (read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0; length += read)
            {
            }
        });
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        Assert.Equal("unpacked_too_large", refused.Code);
        Assert.InRange(length, 60 * Megabyte, 64 * Megabyte);
        Assert.InRange(allocated, 0, Megabyte);
    }

    /// <summary>Rows as <c>line:text</c> or <c>line!code</c>, and the bytes that reading them allocated.</summary>
    private async Task<(List<string> Rows, long Allocated)> ReadAsync(IRowReader reader)
    {
        List<string> rows = [];
        var before = GC.GetAllocatedBytesForCurrentThread();
        await using (reader)
        {
            using var batch = new RowBatch();
            for (; await reader.ReadAsync(batch, 16, TestContext.Current.CancellationToken); batch.Clear())
            {
                rows.AddRange(
                    batch.Rows.Select(
                        r =>
                            r.Fault is { } fault
                                ? $"{r.Line}!{fault.Code}" : $"{r.Line}:{Encoding.UTF8.GetString(batch.BytesOf(r).Span)}"));
            }
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        return (rows, allocated);
    }

    /// <summary>A beginning, one byte many times, and an end; made while it is read.</summary>
    private sealed class FilledStream(string beginning, long count, byte filling, string end) : Stream
    {
        private readonly byte[] _beginning = Encoding.UTF8.GetBytes(beginning);
        private readonly byte[] _end = Encoding.UTF8.GetBytes(end);

        private long FillingEnd => _beginning.Length + count;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _beginning.Length + count + _end.Length;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length && Position < Length)
            {
                var piece = Fill(buffer[read..]);
                read += piece;
                Position += piece;
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(Read(buffer.AsSpan(offset, count)));

        /// <returns>Bytes of the piece that begins at the position and goes on alike.</returns>
        private int Fill(Span<byte> buffer)
        {
            if (Position >= _beginning.Length && Position < FillingEnd)
            {
                var length = (int)Math.Min(buffer.Length, FillingEnd - Position);
                buffer[..length].Fill(filling);
                return length;
            }

            var source = Position < _beginning.Length ? _beginning.AsSpan((int)Position) : _end.AsSpan((int)(Position - FillingEnd));
            source = source[..Math.Min(buffer.Length, source.Length)];
            source.CopyTo(buffer);
            return source.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
