using System.Buffers.Binary;

namespace PerCall.LargeModels.Tokens;

/// <summary>Reads an image's size from its header, without decoding the image.</summary>
internal static class ImageSize
{
    private const int Jpeg = 0xFFD8;

    /// <summary>
    /// Returns width and height in pixels; null: the bytes are not the header of a PNG, GIF, WebP or JPEG, or more bytes are needed.
    /// </summary>
    public static (long Width, long Height)? Of(ReadOnlySpan<byte> data)
    {
        if (data.Length >= 24 && data.StartsWith(PngSignature))
        {
            return Valid(BinaryPrimitives.ReadUInt32BigEndian(data[16..]), BinaryPrimitives.ReadUInt32BigEndian(data[20..]));
        }

        if (data.Length >= 10 && (data.StartsWith("GIF87a"u8) || data.StartsWith("GIF89a"u8)))
        {
            return Valid(BinaryPrimitives.ReadUInt16LittleEndian(data[6..]), BinaryPrimitives.ReadUInt16LittleEndian(data[8..]));
        }

        if (data.Length >= 30 && data.StartsWith("RIFF"u8) && data[8..].StartsWith("WEBP"u8))
        {
            return OfWebP(data);
        }

        return data.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(data) == Jpeg ? OfJpeg(data[2..]) : null;
    }

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static (long, long)? OfWebP(ReadOnlySpan<byte> data)
    {
        var chunk = data[12..16];
        if (chunk.SequenceEqual("VP8X"u8))
        {
            return Valid(UInt24(data[24..]) + 1, UInt24(data[27..]) + 1);
        }

        if (chunk.SequenceEqual("VP8L"u8) && data[20] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[21..]);
            return Valid((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1);
        }

        return chunk.SequenceEqual("VP8 "u8)
            ? Valid(
                BinaryPrimitives.ReadUInt16LittleEndian(data[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(data[28..]) & 0x3FFF)
            : null;
    }

    // The size is in the first frame header. Segments with metadata come before it.
    private static (long, long)? OfJpeg(ReadOnlySpan<byte> data)
    {
        while (data.Length >= 9)
        {
            if (data[0] != 0xFF)
            {
                return null;
            }

            var marker = data[1];
            if (marker == 0xFF)
            {
                data = data[1..];
                continue;
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                data = data[2..];
                continue;
            }

            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return Valid(BinaryPrimitives.ReadUInt16BigEndian(data[7..]), BinaryPrimitives.ReadUInt16BigEndian(data[5..]));
            }

            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (length < 4 || length > data.Length)
            {
                return null;
            }

            data = data[length..];
        }

        return null;
    }

    private static long UInt24(ReadOnlySpan<byte> data) => data[0] | (data[1] << 8) | (data[2] << 16);

    private static (long, long)? Valid(long width, long height) => width > 0 && height > 0 ? (width, height) : null;
}
