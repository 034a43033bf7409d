using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The header of an entry in the central directory, with the fields that cutting needs.</summary>
/// <param name="Length">The length of the header in the directory, in bytes.</param>
/// <param name="Compressed">The compressed size of the data in bytes; 4 GiB if it is larger.</param>
/// <param name="IsPicture">Whether the entry is read as a row.</param>
/// <param name="NameLength">The length in bytes of the name, which follows the fixed part.</param>
/// <param name="ExtraLength">The length in bytes of the extra field, which follows the name.</param>
public readonly record struct ZipEntryHeader(int Length, long Compressed, bool IsPicture, int NameLength, int ExtraLength)
{
    private const uint Signature = 0x02014b50;
    private const int FixedLength = 46;

    /// <summary>Reads the header at the start of the data; null: the data is incomplete.</summary>
    /// <exception cref="Requests.RefusedException">The data does not begin with a header.</exception>
    public static ZipEntryHeader? Read(ReadOnlySpan<byte> directory)
    {
        if (directory.Length < FixedLength)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(directory) != Signature)
        {
            throw ZipDirectory.Damaged("its central directory has an invalid entry");
        }

        var name = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
        var extra = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
        var length = FixedLength + name + extra + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
        return length <= directory.Length
            ? new(
                length,
                BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]),
                ZipNames.IsPicture(directory.Slice(FixedLength, name)),
                name,
                extra)
            : null;
    }

    /// <summary>Returns the entry's name.</summary>
    /// <param name="directory">The directory, from the start of the header.</param>
    public string NameIn(ReadOnlySpan<byte> directory) =>
        ZipNames.Of(directory.Slice(FixedLength, NameLength), directory.Slice(FixedLength + NameLength, ExtraLength));
}

/// <summary>Decides which entries of an archive are rows, and decodes their names.</summary>
public static class ZipNames
{
    private static readonly Encoding CodePage437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <summary>
    /// Returns whether an entry is a row. Folders are not, nor are files that operating systems add: hidden files, <c>__MACOSX</c>,
    /// <c>Thumbs.db</c>. Some Windows programs write folders with backslashes.
    /// </summary>
    public static bool IsPicture(ReadOnlySpan<byte> name)
    {
        var file = name[(name.LastIndexOfAny((byte)'/', (byte)'\\') + 1)..];
        return !file.IsEmpty && file[0] != (byte)'.' && !IsWithin(name, "__MACOSX"u8)
            && !System.Text.Ascii.EqualsIgnoreCase(file, "Thumbs.db"u8) && !System.Text.Ascii.EqualsIgnoreCase(file, "desktop.ini"u8);
    }

    /// <summary>Decodes an entry's name. Names in unsupported code pages stay distinct, though they may be garbled.</summary>
    /// <param name="name">The name's bytes in the directory.</param>
    /// <param name="extra">The entry's extra field (APPNOTE 4.6.9: its Unicode path).</param>
    public static string Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra)
    {
        const ushort UnicodePath = 0x7075;
        for (int end; extra.Length >= 4; extra = extra[end..])
        {
            end = Math.Min(extra.Length, 4 + BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            var field = extra[4..end];
            // The Unicode path is valid only for the name from which it was made.
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == UnicodePath && field.Length > 5 && field[0] == 1
                && BinaryPrimitives.ReadUInt32LittleEndian(field[1..]) == Crc32.HashToUInt32(name) && Utf8.IsValid(field[5..]))
            {
                return Encoding.UTF8.GetString(field[5..]);
            }
        }

        // Many programs write UTF-8 without setting the flag. A name that is not valid UTF-8 is in the format's original code page.
        return (Utf8.IsValid(name) ? Encoding.UTF8 : CodePage437).GetString(name);
    }

    private static bool IsWithin(ReadOnlySpan<byte> name, ReadOnlySpan<byte> folder)
    {
        for (int end; (end = name.IndexOfAny((byte)'/', (byte)'\\')) >= 0; name = name[(end + 1)..])
        {
            if (name[..end].SequenceEqual(folder))
            {
                return true;
            }
        }

        return false;
    }
}
