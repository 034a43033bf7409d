using System.Buffers.Binary;

namespace PerCall.LargeModels.Tokens;

/// <summary>The duration of an MP4 or M4A file: the longest that its movie header or one of its tracks gives.</summary>
internal static class Mp4Duration
{
    /// <summary>Returns the seconds; null: no header gives them, as in a file of fragments.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="video">Whether the file has a video track.</param>
    public static double? Read(ReadOnlySpan<byte> file, out bool video)
    {
        var seconds = 0d;
        video = false;
        while (file.Length >= 8)
        {
            var header = 8;
            long length = BinaryPrimitives.ReadUInt32BigEndian(file);
            if (length == 1 && file.Length >= 16)
            {
                (header, length) = (16, BinaryPrimitives.ReadInt64BigEndian(file[8..]));
            }
            else if (length == 0)
            {
                length = file.Length;
            }

            if (length < header)
            {
                break;
            }

            var type = file[4..8];
            var body = file[header..(int)Math.Min(length, file.Length)];
            // Boxes inside these are read as if they followed them.
            var opens = type.SequenceEqual("moov"u8) || type.SequenceEqual("trak"u8) || type.SequenceEqual("mdia"u8);
            if (type.SequenceEqual("mvhd"u8) || type.SequenceEqual("mdhd"u8))
            {
                seconds = Math.Max(seconds, OfHeader(body));
            }
            else if (type.SequenceEqual("hdlr"u8) && body.Length >= 12)
            {
                video |= body[8..12].SequenceEqual("vide"u8);
            }

            file = file[(int)Math.Min(opens ? header : length, file.Length)..];
        }

        return seconds > 0 ? seconds : null;
    }

    private static double OfHeader(ReadOnlySpan<byte> body)
    {
        var is64 = body.Length >= 1 && body[0] == 1;
        if (body.Length < (is64 ? 32 : 20))
        {
            return 0;
        }

        var scale = BinaryPrimitives.ReadUInt32BigEndian(body[(is64 ? 20 : 12)..]);
        var duration = is64 ? BinaryPrimitives.ReadUInt64BigEndian(body[24..]) : BinaryPrimitives.ReadUInt32BigEndian(body[16..]);
        // All bits set: unknown.
        var unknown = duration == (is64 ? ulong.MaxValue : uint.MaxValue);
        return scale == 0 || unknown ? 0 : (double)duration / scale;
    }
}
