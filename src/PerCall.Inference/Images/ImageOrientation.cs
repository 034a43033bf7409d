using System.Buffers.Binary;
using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>
/// Reads a picture's orientation. The codec reports it for a JPEG or WebP with the usual type. This class also reads the chunk <c>eXIf</c>
/// of a PNG (PNG third edition, 11.3.4.5), and the types BYTE and LONG in a JPEG or WebP. One tag does not justify a library.
/// </summary>
internal static class ImageOrientation
{
    private const ushort Tag = 0x0112;
    private const int HeaderLength = 8;
    private const int EntryLength = 12;
    private const int ChunkFrame = 12;
    private const int PngSignature = 8;
    private const int RiffHeader = 12;
    private const int RiffChunkHeader = 8;

    public static SKEncodedOrigin Of(SKCodec codec, ReadOnlySpan<byte> bytes)
    {
        if (codec.EncodedOrigin != SKEncodedOrigin.TopLeft)
        {
            return codec.EncodedOrigin;
        }

        var exif = codec.EncodedFormat switch
        {
            SKEncodedImageFormat.Jpeg => JpegSegments.Exif(bytes),
            SKEncodedImageFormat.Png => PngExif(bytes),
            SKEncodedImageFormat.Webp => WebpExif(bytes),
            _ => [],
        };
        // The identifier of JPEGs; some writers also put it before the data in other formats.
        exif = exif.StartsWith(JpegSegments.ExifId) ? exif[Math.Min(exif.Length, JpegSegments.ExifId.Length + 1)..] : exif;
        return Read(exif) is >= 1 and <= 8 and var origin ? (SKEncodedOrigin)origin : SKEncodedOrigin.TopLeft;
    }

    private static ReadOnlySpan<byte> PngExif(ReadOnlySpan<byte> png)
    {
        for (long at = PngSignature; at + ChunkFrame <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
            if (length > png.Length - at - ChunkFrame)
            {
                return [];
            }

            if (png.Slice((int)at + 4, 4).SequenceEqual("eXIf"u8))
            {
                return png.Slice((int)at + 8, (int)length);
            }

            at += ChunkFrame + length;
        }

        return [];
    }

    /// <summary>Returns the chunk <c>EXIF</c> of a WebP's RIFF container (RFC 9649, 2.7.1.5).</summary>
    private static ReadOnlySpan<byte> WebpExif(ReadOnlySpan<byte> webp)
    {
        for (long at = RiffHeader; at + RiffChunkHeader <= webp.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(webp[((int)at + 4)..]);
            if (length > webp.Length - at - RiffChunkHeader)
            {
                return [];
            }

            if (webp.Slice((int)at, 4).SequenceEqual("EXIF"u8))
            {
                return webp.Slice((int)at + RiffChunkHeader, (int)length);
            }

            // Chunks begin at even offsets.
            at += RiffChunkHeader + length + (length % 2);
        }

        return [];
    }

    /// <summary>Returns the tag's value in the first directory of TIFF data (TIFF 6.0, section 2); 0 when it is missing.</summary>
    private static uint Read(ReadOnlySpan<byte> tiff)
    {
        var little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < HeaderLength || (!little && !tiff.StartsWith("MM\0*"u8)))
        {
            return 0;
        }

        var directory = UInt32(tiff[4..], little);
        if (directory > tiff.Length - 2)
        {
            return 0;
        }

        var entries = tiff[((int)directory + 2)..];
        for (int i = 0, count = UInt16(tiff[(int)directory..], little);
            i < count && entries.Length >= EntryLength;
            i++, entries = entries[EntryLength..])
        {
            if (UInt16(entries, little) == Tag)
            {
                var value = entries[8..];
                return UInt16(entries[2..], little) switch
                {
                    1 => value[0],
                    3 => UInt16(value, little),
                    4 => UInt32(value, little),
                    _ => 0,
                };
            }
        }

        return 0;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
