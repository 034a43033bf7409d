using System.Buffers;
using System.Buffers.Binary;

namespace PerCall.Functions.Batches.Shards;

/// <summary>The number of line ends in a shard's range.</summary>
/// <param name="Ended">The number of line ends.</param>
/// <param name="Blank">How many of them end an empty line.</param>
public readonly record struct LineCount(uint Ended, uint Blank)
{
    /// <summary>Counts the line ends in a range of bytes, shard by shard, at about the speed of reading.</summary>
    /// <param name="stream">The data, from one byte before <paramref name="from"/>, or from the first byte if that is the start of the
    /// file.</param>
    /// <param name="from">The offset of the first shard.</param>
    /// <param name="to">The offset after the last shard.</param>
    /// <param name="shardBytes">The size in bytes of each shard except the last.</param>
    /// <param name="lineEnd">The byte that ends a line.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>A count for each shard, and whether the last byte of the range ends a line.</returns>
    public static async Task<(LineCount[] Shards, bool Ends)> CountAsync(
        Stream stream, long from, long to, long shardBytes, byte lineEnd, CancellationToken cancellation)
    {
        var counts = new LineCount[(to - from + shardBytes - 1) / shardBytes];
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            var length = 0;
            if (from > 0)
            {
                await stream.ReadExactlyAsync(buffer.AsMemory(0, 1), cancellation);
                length = buffer[0] == lineEnd ? 0 : 1;
            }

            var last = from > 0 ? buffer[0] : lineEnd;
            for (var at = from; at < to;)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - at)), cancellation);
                if (read == 0)
                {
                    throw new EndOfStreamException("The file is shorter than before.");
                }

                last = buffer[read - 1];
                for (var done = 0; done < read;)
                {
                    var shard = (at + done - from) / shardBytes;
                    var piece = (int)Math.Min(read - done, from + ((shard + 1) * shardBytes) - (at + done));
                    var (ended, blank) = Count(buffer.AsSpan(done, piece), lineEnd, ref length);
                    counts[shard] = new(counts[shard].Ended + ended, counts[shard].Blank + blank);
                    done += piece;
                }

                at += read;
            }

            return (counts, last == lineEnd);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static byte[] Pack(IReadOnlyList<LineCount> counts)
    {
        var bytes = new byte[counts.Count * 8];
        for (var i = 0; i < counts.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 8), counts[i].Ended);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((i * 8) + 4), counts[i].Blank);
        }

        return bytes;
    }

    public static IEnumerable<LineCount> Unpack(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i += 8)
        {
            yield return new(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i + 4)));
        }
    }

    /// <param name="bytes">The next bytes.</param>
    /// <param name="lineEnd">The byte that ends a line.</param>
    /// <param name="length">The length of the current line so far, without carriage returns.</param>
    private static (uint Ended, uint Blank) Count(ReadOnlySpan<byte> bytes, byte lineEnd, ref int length)
    {
        uint ended = 0, blank = 0;
        while (bytes.IndexOf(lineEnd) is >= 0 and var at)
        {
            ended++;
            blank += length == 0 && (at == 0 || (at == 1 && bytes[0] == (byte)'\r')) ? 1u : 0;
            length = 0;
            bytes = bytes[(at + 1)..];
        }

        length += bytes is [(byte)'\r'] ? 0 : Math.Min(bytes.Length, 1);
        return (ended, blank);
    }
}
