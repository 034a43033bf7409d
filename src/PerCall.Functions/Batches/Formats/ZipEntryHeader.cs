using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;

namespace PerCall.Functions.Batches.Formats;

/// <summary>An entry of a central directory, as far as cutting needs to know it.</summary>
/// <param name="Length">Bytes of its header in the directory.</param>
/// <param name="Compressed">Bytes of its data; 4 GiB where it is more.</param>
/// <param name="IsPicture">Whether it is to be read at all.</param>
/// <param name="NameLength">Bytes of its name, which follows on the fixed part.</param>
/// <param name="ExtraLength">Bytes of its extra field, which follows on the name.</param>
public readonly record struct ZipEntryHeader(int Length, long Compressed, bool IsPicture, int NameLength, int ExtraLength)
{
    private const uint Signature = 0x02014b50;
    private const int FixedLength = 46;

    /// <summary>Reads the header at the start; null: there is not all of it.</summary>
    /// <exception cref="Requests.RefusedException">There is none.</exception>
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

    /// <summary>The entry's name.</summary>
    /// <param name="directory">Begins with the header.</param>
    public string NameIn(ReadOnlySpan<byte> directory) =>
        ZipNames.Of(directory.Slice(FixedLength, NameLength), directory.Slice(FixedLength + NameLength, ExtraLength));
}

/// <summary>Which entries of an archive are rows.</summary>
public static class ZipNames
{
    private static readonly Encoding CodePage437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <summary>
    /// Not folders, and not what operating systems put beside pictures: hidden files, <c>__MACOSX</c>, <c>Thumbs.db</c>. Some programs of
    /// Windows write folders with backslashes.
    /// </summary>
    public static bool IsPicture(ReadOnlySpan<byte> name)
    {
        var file = name[(name.LastIndexOfAny((byte)'/', (byte)'\\') + 1)..];
        return !file.IsEmpty && file[0] != (byte)'.' && !IsWithin(name, "__MACOSX"u8)
            && !System.Text.Ascii.EqualsIgnoreCase(file, "Thumbs.db"u8) && !System.Text.Ascii.EqualsIgnoreCase(file, "desktop.ini"u8);
    }

    /// <summary>
    /// An entry's name as text. Names of other code pages differ afterwards as they did before, though they may read oddly.
    /// </summary>
    /// <param name="name">As the directory has it.</param>
    /// <param name="extra">The entry's extra field (APPNOTE 4.6.9: its Unicode path).</param>
    public static string Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra)
    {
        const ushort UnicodePath = 0x7075;
        for (int end; extra.Length >= 4; extra = extra[end..])
        {
            end = Math.Min(extra.Length, 4 + BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            var field = extra[4..end];
            // It holds for the name that it was made from.
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == UnicodePath && field.Length > 5 && field[0] == 1
                && BinaryPrimitives.ReadUInt32LittleEndian(field[1..]) == Crc32.HashToUInt32(name) && Utf8.IsValid(field[5..]))
            {
                return Encoding.UTF8.GetString(field[5..]);
            }
        }

        // Many write UTF-8 without saying so; what is no UTF-8 is of the code page that the format began with.
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
