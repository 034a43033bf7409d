using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace PerCall.EndToEnd.Batches;

/// <summary>Pictures that are short to send and long to decode.</summary>
internal static class LargePicture
{
    /// <summary>A black square as PNG (ISO/IEC 15948): 8-bit grey.</summary>
    /// <param name="side">In pixels.</param>
    public static byte[] Draw(int side)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        header[8] = 8;
        WriteChunk(png, "IHDR"u8, header);
        using (var pixels = new MemoryStream())
        {
            using (var zlib = new ZLibStream(pixels, CompressionLevel.Optimal, leaveOpen: true))
            {
                // A row begins with its filter: none.
                var row = new byte[1 + side];
                for (var y = 0; y < side; y++)
                {
                    zlib.Write(row);
                }
            }

            WriteChunk(png, "IDAT"u8, pixels.ToArray());
        }

        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        byte[] named = [.. type, .. data];
        png.Write(named);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(named));
        png.Write(number);
    }
}
