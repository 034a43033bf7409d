using System.Buffers.Binary;

namespace PerCall.Functions.Batches.Formats;

/// <summary>An entry of a central directory, as far as cutting needs to know it.</summary>
/// <param name="Length">Bytes of its header in the directory.</param>
/// <param name="Compressed">Bytes of its data; 4 GiB where it is more.</param>
/// <param name="IsPicture">Whether it is to be read at all.</param>
internal readonly record struct ZipEntryHeader(int Length, long Compressed, bool IsPicture)
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
            throw ZipDirectory.Damaged("its central directory has an entry that is none");
        }

        var name = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
        var length = FixedLength + name + BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
        return length <= directory.Length
            ? new(length, BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]), ZipNames.IsPicture(directory.Slice(FixedLength, name)))
            : null;
    }
}

/// <summary>Which entries of an archive are rows.</summary>
internal static class ZipNames
{
    /// <summary>Not folders, and not what operating systems put beside pictures: hidden files, <c>__MACOSX</c>, <c>Thumbs.db</c>.</summary>
    public static bool IsPicture(ReadOnlySpan<byte> name)
    {
        var file = name[(name.LastIndexOf((byte)'/') + 1)..];
        return !file.IsEmpty && file[0] != (byte)'.' && !name.StartsWith("__MACOSX/"u8)
            && !System.Text.Ascii.EqualsIgnoreCase(file, "Thumbs.db"u8) && !System.Text.Ascii.EqualsIgnoreCase(file, "desktop.ini"u8);
    }
}
