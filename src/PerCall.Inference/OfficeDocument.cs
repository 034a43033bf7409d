namespace PerCall.Inference;

/// <summary>
/// Distinguishes Office documents (ECMA-376, part 2, and OpenDocument 1.3, part 2) from other ZIP archives by their first entry.
/// </summary>
public static class OfficeDocument
{
    /// <summary>The offset of the first entry's name in a ZIP archive.</summary>
    private const int FirstEntryName = 30;

    /// <param name="bytes">The first bytes of a file.</param>
    public static bool IsOne(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("PK\x03\x04"u8))
        {
            return false;
        }

        var name = bytes[Math.Min(bytes.Length, FirstEntryName)..];
        return name.StartsWith("[Content_Types].xml"u8)
            || name.StartsWith("_rels/.rels"u8)
            || name.StartsWith("docProps/"u8)
            || name.StartsWith("xl/"u8)
            || name.StartsWith("mimetypeapplication/vnd.oasis"u8);
    }
}
