using System.Buffers.Binary;

namespace PerCall.LargeModels.Tokens;

/// <summary>
/// The duration of an audio file, from its headers, without decoding it: WAV, MP3, FLAC, Ogg (Opus and Vorbis), MP4, WebM.
/// </summary>
internal static class AudioDuration
{
    // The lowest usual bit rate of speech is 6 kbit/s. CD audio without compression has 1,411 kbit/s.
    private const int LowestBytesPerSecond = 750;
    private const int HighestBytesPerSecond = 200_000;

    /// <summary>
    /// Returns the seconds, rounded up and at least 1. A file whose duration cannot be determined counts as if it had the lowest usual bit
    /// rate. A header that gives less than the file's size allows is not believed.
    /// </summary>
    public static long Seconds(ReadOnlySpan<byte> file)
    {
        var seconds = Read(file) is { } found && double.IsFinite(found) && found > 0
            ? found
            : (double)file.Length / LowestBytesPerSecond;
        return Math.Max(1, (long)Math.Ceiling(Math.Min(seconds, int.MaxValue)));
    }

    /// <summary>Returns the seconds that the headers give; null: another format, or no duration.</summary>
    public static double? Read(ReadOnlySpan<byte> file)
    {
        bool video;
        if (file.Length < 16)
        {
            return null;
        }

        if ((file.StartsWith("RIFF"u8) || file.StartsWith("RF64"u8)) && file[8..].StartsWith("WAVE"u8))
        {
            return OfWav(file);
        }

        if (file.StartsWith("fLaC"u8))
        {
            return OfFlac(file);
        }

        if (file.StartsWith("OggS"u8))
        {
            return AtLeast(OggDuration.Read(file), file.Length);
        }

        if (file[4..].StartsWith("ftyp"u8))
        {
            return Mp4Duration.Read(file, out video) is { } mp4 ? video ? mp4 : AtLeast(mp4, file.Length) : null;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(file) == WebmDuration.Ebml)
        {
            return WebmDuration.Read(file, out video) is { } webm ? video ? webm : AtLeast(webm, file.Length) : null;
        }

        return Mp3Duration.Read(file);
    }

    private static double? AtLeast(double? seconds, int bytes) =>
        seconds is { } known ? Math.Max(known, (double)bytes / HighestBytesPerSecond) : null;

    // Everything behind the header of the data counts, because a header of a recording that was not finished has no length.
    private static double? OfWav(ReadOnlySpan<byte> file)
    {
        var bytesPerSecond = 0d;
        for (var at = 12L; at + 8 <= file.Length;)
        {
            var chunk = file[(int)at..];
            var length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("fmt "u8) && chunk.Length >= 24)
            {
                var format = BinaryPrimitives.ReadUInt16LittleEndian(chunk[8..]);
                var samples = BinaryPrimitives.ReadUInt16LittleEndian(chunk[10..])
                    * (double)BinaryPrimitives.ReadUInt32LittleEndian(chunk[12..]);
                bytesPerSecond = format is 1 or 3 or 0xFFFE
                    ? samples * BinaryPrimitives.ReadUInt16LittleEndian(chunk[22..]) / 8
                    : BinaryPrimitives.ReadUInt32LittleEndian(chunk[16..]);
            }
            else if (chunk.StartsWith("data"u8))
            {
                return bytesPerSecond > 0 ? (chunk.Length - 8) / bytesPerSecond : null;
            }

            at += 8 + length + (length & 1);
        }

        return null;
    }

    private static double? OfFlac(ReadOnlySpan<byte> file)
    {
        if (file.Length < 26)
        {
            return null;
        }

        var bits = BinaryPrimitives.ReadUInt64BigEndian(file[18..]);
        var rate = (double)(bits >> 44);
        var channels = (int)((bits >> 41) & 7) + 1;
        var bitsPerSample = (int)((bits >> 36) & 31) + 1;
        var samples = bits & 0xF_FFFF_FFFF;
        if (rate == 0)
        {
            return null;
        }

        // FLAC never takes noticeably more than the samples themselves.
        var least = file.Length / (rate * channels * bitsPerSample / 8);
        return samples == 0 ? null : Math.Max(samples / rate, 0.9 * least);
    }
}
