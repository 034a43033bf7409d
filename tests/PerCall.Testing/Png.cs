using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace PerCall.Testing;

/// <summary>PNG files (ISO/IEC 15948) that need not be what their header says.</summary>
public static class Png
{
    private const byte Grey = 0;
    private const byte Rgb = 2;

    /// <param name="width">In the header.</param>
    /// <param name="height">In the header.</param>
    /// <param name="rows">Each begins with its filter; 8 bits a channel.</param>
    public static byte[] OfRgb(int width, int height, byte[] rows) => Write(width, height, Rgb, rows);

    /// <summary>A black square of one channel: a few KB that take long to decode.</summary>
    /// <param name="side">In pixels.</param>
    public static byte[] Black(int side) => Write(side, side, Grey, new byte[side * (side + 1)]);

    private static byte[] Write(int width, int height, byte color, byte[] rows)
    {
        using var stream = new MemoryStream();
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = color;
        Chunk(stream, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Chunk(stream, "IDAT"u8, data.ToArray());
        Chunk(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    private static void Chunk(MemoryStream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        stream.Write(number);
    }
}
