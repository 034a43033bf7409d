using System.Buffers.Binary;
using System.Numerics;

namespace PerCall.LargeModels.Tokens;

/// <summary>
/// The duration of a WebM or Matroska file: the longer of the one in its header and the time of its last block. Recordings of browsers
/// have no duration in the header.
/// </summary>
internal static class WebmDuration
{
    /// <summary>The first four bytes of a file.</summary>
    public const uint Ebml = 0x1A45DFA3;

    private const ulong Segment = 0x18538067;
    private const ulong Info = 0x1549A966;
    private const ulong TimestampScale = 0x2AD7B1;
    private const ulong DurationId = 0x4489;
    private const ulong Tracks = 0x1654AE6B;
    private const ulong TrackEntry = 0xAE;
    private const ulong TrackType = 0x83;
    private const ulong Cluster = 0x1F43B675;
    private const ulong Timestamp = 0xE7;
    private const ulong BlockGroup = 0xA0;
    private const ulong Block = 0xA1;
    private const ulong SimpleBlock = 0xA3;

    /// <summary>Returns the seconds; null: the file gives none.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="video">Whether the file has a video track.</param>
    public static double? Read(ReadOnlySpan<byte> file, out bool video)
    {
        video = false;
        double scale = 1_000_000, duration = 0, cluster = 0, last = 0;
        while (Number(ref file, keepMarker: true) is { } id && Number(ref file, keepMarker: false) is { } size)
        {
            // Elements inside these are read as if they followed them, so an unknown size does not matter.
            if (id is Segment or Info or Tracks or TrackEntry or Cluster or BlockGroup)
            {
                continue;
            }

            var body = file[..(int)Math.Min(size, (ulong)file.Length)];
            if (id == TimestampScale)
            {
                scale = Integer(body);
            }
            else if (id == DurationId)
            {
                duration = Float(body);
            }
            else if (id == TrackType)
            {
                video |= Integer(body) == 1;
            }
            else if (id == Timestamp)
            {
                cluster = Integer(body);
            }
            else if (id is SimpleBlock or Block && Number(ref body, keepMarker: false) is not null && body.Length >= 2)
            {
                last = Math.Max(last, cluster + BinaryPrimitives.ReadInt16BigEndian(body));
            }

            file = file[(int)Math.Min(size, (ulong)file.Length)..];
        }

        var seconds = Math.Max(duration, last) * scale / 1_000_000_000;
        return seconds > 0 ? seconds : null;
    }

    // The number of leading zero bits gives the length. An identifier keeps the bit that marks it.
    private static ulong? Number(ref ReadOnlySpan<byte> data, bool keepMarker)
    {
        if (data.IsEmpty || data[0] == 0)
        {
            return null;
        }

        var length = BitOperations.LeadingZeroCount(data[0]) - 24 + 1;
        if (data.Length < length)
        {
            return null;
        }

        var value = keepMarker ? data[0] : (ulong)(data[0] & ((1 << (8 - length)) - 1));
        foreach (var next in data[1..length])
        {
            value = (value << 8) | next;
        }

        data = data[length..];
        return value;
    }

    private static ulong Integer(ReadOnlySpan<byte> body)
    {
        var value = 0UL;
        foreach (var next in body[..Math.Min(8, body.Length)])
        {
            value = (value << 8) | next;
        }

        return value;
    }

    private static double Float(ReadOnlySpan<byte> body) => body.Length switch
    {
        4 => BinaryPrimitives.ReadSingleBigEndian(body),
        8 => BinaryPrimitives.ReadDoubleBigEndian(body),
        _ => 0,
    };
}
