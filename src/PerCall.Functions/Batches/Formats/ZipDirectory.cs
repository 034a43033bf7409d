using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The position of an archive's central directory (APPNOTE.TXT 6.3, 4.3.12 to 4.3.16, including ZIP64).</summary>
/// <param name="Offset">The offset of its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct ZipDirectory(long Offset, long Length)
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const int EndLength = 22;
    private const int LocatorLength = 20;
    private const int End64Length = 56;
    private const int MaxComment = ushort.MaxValue;

    /// <summary>Finds the directory from the end of the archive, with one request, or two for ZIP64.</summary>
    /// <exception cref="RefusedException">The file is not an archive, or the archive is incomplete.</exception>
    public static async Task<ZipDirectory> FindAsync(BlobClient blob, ETag etag, long size, CancellationToken cancellation)
    {
        var tailStart = Math.Max(0, size - EndLength - MaxComment - LocatorLength);
        var tail = await ReadAsync(blob, etag, tailStart, size - tailStart, cancellation);
        var end = FindEnd(tail, tailStart);
        if (end < 0)
        {
            throw Damaged("there is no end record at its end; the upload is incomplete, or data was appended to it");
        }

        var (length, offset) = ((long)UInt32(tail, end + 12), (long)UInt32(tail, end + 16));
        if (end >= LocatorLength && UInt32(tail, end - LocatorLength) == Locator64Signature)
        {
            var at = (long)BinaryPrimitives.ReadUInt64LittleEndian(tail.AsSpan(end - LocatorLength + 8));
            if (at < 0 || at > size - End64Length)
            {
                throw Damaged("its ZIP64 end record is outside the file");
            }

            var end64 = at >= tailStart ? tail.AsMemory(
                (int)(at - tailStart), End64Length).ToArray() : await ReadAsync(blob, etag, at, End64Length, cancellation);
            if (UInt32(end64, 0) != End64Signature)
            {
                throw Damaged("its ZIP64 end record is not at the given offset");
            }

            (length, offset) = (
                (long)BinaryPrimitives.ReadUInt64LittleEndian(end64.AsSpan(40)),
                (long)BinaryPrimitives.ReadUInt64LittleEndian(end64.AsSpan(48)));
        }

        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset
            ? new(offset, length)
            : throw Damaged("its central directory is outside the file");
    }

    public static RefusedException Damaged(string why) => RefusedException.BadRequest(
        "damaged_archive", $"The file is not a complete ZIP archive: {why}.");

    private static int FindEnd(byte[] tail, long tailStart)
    {
        var appended = -1;
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            if (UInt32(tail, at) != EndSignature)
            {
                continue;
            }

            // The comment of the real end record reaches exactly to the end of the file. A signature inside a comment does not fulfil this.
            var rest = tail.Length - (at + EndLength + BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20)));
            if (rest == 0)
            {
                return at;
            }

            // A few bytes after the end, such as a line feed, are allowed. If the directory ends exactly here, this is the end record.
            var (length, offset) = ((long)UInt32(tail, at + 12), (long)UInt32(tail, at + 16));
            if (rest > 0 && appended < 0 && (offset + length == tailStart + at || offset == uint.MaxValue))
            {
                appended = at;
            }
        }

        return appended;
    }

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static async Task<byte[]> ReadAsync(BlobClient blob, ETag etag, long offset, long length, CancellationToken cancellation)
    {
        if (length <= 0)
        {
            return [];
        }

        var bytes = new byte[length];
        await using var part = new BlobPart(blob, etag, offset, length);
        await part.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }
}
