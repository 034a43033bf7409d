using System.Buffers;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Cuts an archive's central directory into runs of entries, in one pass and with bounded memory.</summary>
public static class ZipCutter
{
    // An entry's header has three fields of at most 64 KiB each.
    private const int BufferBytes = 1 << 20;
    private const long MostCompressed = 256L << 20;
    public const int MostEntries = 5000;

    /// <param name="stream">The data, from the start of the central directory.</param>
    /// <param name="directory">The position of the central directory.</param>
    /// <param name="rows">The number of pictures per shard.</param>
    /// <param name="most">The maximum number of shards. The rest of the directory is not read.</param>
    /// <param name="cancellation">Cancels the cutting.</param>
    /// <exception cref="Requests.RefusedException">The central directory is invalid.</exception>
    public static async Task<List<ShardCut>> CutAsync(
        Stream stream, ZipDirectory directory, long rows, int most, CancellationToken cancellation)
    {
        List<ShardCut> cuts = [];
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var (held, left, offset) = (0, directory.Length, directory.Offset);
            var (from, first, entry, pictures, compressed) = (offset, 1L, 1L, 0L, 0L);
            while (offset < directory.Offset + directory.Length && cuts.Count < most)
            {
                if (ZipEntryHeader.Read(buffer.AsSpan(0, held)) is null)
                {
                    var read = await stream.ReadAsync(buffer.AsMemory(held, (int)Math.Min(buffer.Length - held, left)), cancellation);
                    if (read == 0)
                    {
                        throw ZipDirectory.Damaged("its central directory is truncated");
                    }

                    (held, left) = (held + read, left - read);
                }

                var at = 0;
                while (cuts.Count < most && ZipEntryHeader.Read(buffer.AsSpan(at, held - at)) is { } header)
                {
                    at += header.Length;
                    entry++;
                    pictures += header.IsPicture ? 1 : 0;
                    compressed += header.Compressed;
                    if (pictures >= rows || entry - first >= MostEntries || compressed >= MostCompressed)
                    {
                        cuts.Add(new(from, offset + at, first, pictures));
                        (from, first, pictures, compressed) = (offset + at, entry, 0, 0);
                    }
                }

                offset += at;
                buffer.AsSpan(at, held - at).CopyTo(buffer);
                held -= at;
            }

            if (offset > from && cuts.Count < most)
            {
                cuts.Add(new(from, offset, first, pictures));
            }

            return cuts;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
