using System.Buffers.Binary;

namespace PerCall.LargeModels.Tokens;

/// <summary>The duration of an Ogg file with Opus or Vorbis: the last position of each of its streams.</summary>
internal static class OggDuration
{
    private const int HeaderLength = 27;

    /// <summary>Returns the seconds; null: no page has audio.</summary>
    public static double? Read(ReadOnlySpan<byte> file)
    {
        var streams = new Dictionary<uint, (double Rate, long Start, long End)>();
        while (file.Length >= HeaderLength && file.StartsWith("OggS"u8))
        {
            var segments = file[26];
            if (file.Length < HeaderLength + segments)
            {
                break;
            }

            var length = 0;
            foreach (var part in file.Slice(HeaderLength, segments))
            {
                length += part;
            }

            var body = file[(HeaderLength + segments)..];
            body = body[..Math.Min(length, body.Length)];

            var position = BinaryPrimitives.ReadInt64LittleEndian(file[6..]);
            var serial = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
            if (body.Length >= 16 && body.StartsWith("OpusHead"u8))
            {
                streams[serial] = (48_000, BinaryPrimitives.ReadUInt16LittleEndian(body[10..]), 0);
            }
            else if (body.Length >= 16 && body.StartsWith("\u0001vorbis"u8))
            {
                streams[serial] = (BinaryPrimitives.ReadUInt32LittleEndian(body[12..]), 0, 0);
            }
            else if (streams.TryGetValue(serial, out var stream) && position > stream.End)
            {
                streams[serial] = stream with { End = position };
            }

            file = file[Math.Min(file.Length, HeaderLength + segments + length)..];
        }

        var seconds = streams.Values.Sum(s => s.Rate > 0 ? Math.Max(0, s.End - s.Start) / s.Rate : 0);
        return seconds > 0 ? seconds : null;
    }
}
