using System.Buffers.Binary;

namespace PerCall.Inference.Images;

/// <summary>Reads the segments of a JPEG up to its first scan (ITU-T T.81, B.1.1), without decoding pixels.</summary>
internal static class JpegSegments
{
    private const byte Prefix = 0xFF;
    private const byte StartOfScan = 0xDA;
    private const byte App1 = 0xE1;

    /// <summary>The identifier before EXIF data. A padding byte follows it (Exif 2.32, 4.7.2).</summary>
    public static ReadOnlySpan<byte> ExifId => "Exif\0"u8;

    /// <summary>Returns the data after the header of the first scan; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Scans(ReadOnlySpan<byte> jpeg)
    {
        for (var at = Next(jpeg, 2); at >= 0; at = Next(jpeg, End(jpeg, at)))
        {
            if (jpeg[at] == StartOfScan)
            {
                return jpeg[Math.Min(jpeg.Length, End(jpeg, at))..];
            }
        }

        return [];
    }

    /// <summary>Returns the EXIF data with their <see cref="ExifId"/>; empty when there are none.</summary>
    public static ReadOnlySpan<byte> Exif(ReadOnlySpan<byte> jpeg)
    {
        for (var at = Next(jpeg, 2); at >= 0 && jpeg[at] != StartOfScan; at = Next(jpeg, End(jpeg, at)))
        {
            var content = jpeg[Math.Min(jpeg.Length, at + 3)..Math.Min(jpeg.Length, End(jpeg, at))];
            if (jpeg[at] == App1 && content.StartsWith(ExifId))
            {
                return content;
            }
        }

        return [];
    }

    /// <summary>Returns the code of the next marker with a length; -1 when there is none.</summary>
    private static int Next(ReadOnlySpan<byte> jpeg, int at)
    {
        if (at >= jpeg.Length || jpeg[at] != Prefix)
        {
            return -1;
        }

        while (at < jpeg.Length && jpeg[at] == Prefix)
        {
            at++;
        }

        return at + 3 <= jpeg.Length ? at : -1;
    }

    private static int End(ReadOnlySpan<byte> jpeg, int at) => at + 1 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 1)..]);
}
