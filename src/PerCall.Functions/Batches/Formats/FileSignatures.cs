namespace PerCall.Functions.Batches.Formats;

/// <summary>Recognizes common unsupported file types by their first bytes.</summary>
public static class FileSignatures
{
    private const int TarMagicAt = 257;
    private const int BrandAt = 4;

    private static readonly (byte[] Start, string Kind)[] Known =
    [
        ([.. "BZh"u8], "a bzip2 file"),
        ([0xfd, .. "7zXZ"u8], "an xz file"),
        ([0x28, 0xb5, 0x2f, 0xfd], "a Zstandard file"),
        ([.. "7z"u8, 0xbc, 0xaf, 0x27, 0x1c], "a 7-Zip archive"),
        ([.. "Rar!"u8], "a RAR archive"),
        ([.. "PAR1"u8], "a Parquet file"),
        ([.. "Obj"u8, 1], "an Avro file"),
        ([.. "%PDF"u8], "a PDF file"),
        ([0xd0, 0xcf, 0x11, 0xe0], "a legacy Office file"),
        ([0x89, .. "PNG"u8], "a PNG picture"),
        ([0xff, 0xd8, 0xff], "a JPEG picture"),
        ([.. "GIF8"u8], "a GIF picture"),
        ([.. "II*\0"u8], "a TIFF picture"),
        ([.. "MM\0*"u8], "a TIFF picture"),
    ];

    /// <summary>Returns the type of an unsupported file; null: the type is not recognized.</summary>
    /// <param name="head">The first bytes of the file.</param>
    public static string? KindOf(ReadOnlySpan<byte> head)
    {
        if (head.Length > TarMagicAt && head[TarMagicAt..].StartsWith("ustar"u8))
        {
            return "a tar archive";
        }

        if (head.Length > BrandAt && head[BrandAt..].StartsWith("ftyphe"u8))
        {
            return "a HEIC picture (save it as JPEG first, and send pictures in a ZIP archive)";
        }

        foreach (var (start, kind) in Known)
        {
            if (head.StartsWith(start))
            {
                return kind;
            }
        }

        return null;
    }
}
