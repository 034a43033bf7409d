namespace PerCall.Functions.Batches.Formats;

/// <summary>Kinds of files that people send and that are not read, by their first bytes.</summary>
internal static class FileSignatures
{
    private const int TarMagicAt = 257;

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
        ([0xd0, 0xcf, 0x11, 0xe0], "an Office file of the old format"),
        ([0x89, .. "PNG"u8], "a PNG picture"),
        ([0xff, 0xd8, 0xff], "a JPEG picture"),
        ([.. "GIF8"u8], "a GIF picture"),
    ];

    /// <summary>Where the name of a ZIP archive's first entry begins.</summary>
    private const int FirstEntryName = 30;

    /// <summary>What a file is that is not read here; null: nothing of the kind.</summary>
    /// <param name="head">Its first bytes.</param>
    public static string? KindOf(ReadOnlySpan<byte> head)
    {
        if (head.Length > TarMagicAt && head[TarMagicAt..].StartsWith("ustar"u8))
        {
            return "a tar archive";
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

    /// <summary>Whether a ZIP archive is an Office document (ECMA-376, part 2, or OpenDocument 1.3, part 2), by its first entry.</summary>
    /// <param name="zip">The archive's first bytes.</param>
    public static bool IsOffice(ReadOnlySpan<byte> zip)
    {
        var name = zip[Math.Min(zip.Length, FirstEntryName)..];
        return name.StartsWith("[Content_Types].xml"u8)
            || name.StartsWith("_rels/.rels"u8)
            || name.StartsWith("docProps/"u8)
            || name.StartsWith("mimetypeapplication/vnd.oasis"u8);
    }
}
