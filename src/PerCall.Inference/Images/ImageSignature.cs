namespace PerCall.Inference.Images;

/// <summary>
/// Detects the format of data by its first bytes, so that an error can name what was sent. Signatures: the formats' own specifications, and
/// ISO/IEC 14496-12 section 4.3 for the <c>ftyp</c> brands.
/// </summary>
internal static class ImageSignature
{
    /// <summary>Returns the name of an unsupported format, with its article; null when the format is unknown.</summary>
    public static string? NameUnsupported(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8))
        {
            return Brand(bytes[8..12]);
        }

        return bytes switch
        {
            _ when bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) => "a TIFF file",
            _ when bytes.StartsWith("%PDF-"u8) => "a PDF document",
            _ when bytes.StartsWith("8BPS"u8) => "a Photoshop document",
            _ when bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0]) => "an ICO file",
            _ when bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || bytes.StartsWith(
                (ReadOnlySpan<byte>)[0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' ']) => "a JPEG XL file",
            _ when bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 0x0C, (byte)'j', (byte)'P', (byte)' ', (byte)' ']) => "a JPEG 2000 file",
            _ when OfficeDocument.IsOne(bytes) => "an Office document (.xlsx, .docx, .ods)",
            _ when bytes.StartsWith("PK\x03\x04"u8) => "a ZIP archive",
            _ when bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && !bytes[8..12].SequenceEqual("WEBP"u8) =>
                "a RIFF file other than WebP",
            _ when IsSvg(bytes) => "an SVG drawing",
            _ => null,
        };
    }

    /// <summary>Returns the name of a supported format; null for all others.</summary>
    public static string? NameSupported(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) => "JPEG",
        _ when bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) => "PNG",
        _ when bytes.StartsWith("GIF8"u8) => "GIF",
        _ when bytes.StartsWith("BM"u8) => "BMP",
        _ when bytes.StartsWith("RIFF"u8) => "WEBP",
        _ => null,
    };

    private static string Brand(ReadOnlySpan<byte> brand) => brand switch
    {
        _ when brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) => "an AVIF file",
        _ when brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8)
            || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) => ImageFaults.Heic,
        _ => "a video or other ISO media file",
    };

    private static bool IsSvg(ReadOnlySpan<byte> bytes)
    {
        var head = bytes[..Math.Min(bytes.Length, 512)];
        return head.IndexOf("<svg"u8) >= 0 && (head.TrimStart(" \t\r\n"u8).StartsWith("<"u8) || head.StartsWith("\uFEFF<"u8));
    }
}
