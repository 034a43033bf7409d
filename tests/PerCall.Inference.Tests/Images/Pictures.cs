using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tests.Images;

/// <summary>The pictures of <c>fixtures/</c>, and tensors made of them.</summary>
internal static class Pictures
{
    public static readonly ImageRules Rgb = new() { Resize = ResizeRule.Stretch, Color = ColorOrder.Rgb };

    public static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "fixtures", name));

    public static float[] Tensor(byte[] image, int width, int height, ImageRules? rules = null, TensorLayout layout = TensorLayout.Nchw, long maxPixels = 1_000_000)
    {
        var pixels = Rules(width, height, rules ?? Rgb, layout);
        var tensor = new float[pixels.Length];
        ImagePreprocessor.Write<float, Float32Element>(image, pixels, maxPixels, tensor);
        return tensor;
    }

    public static PixelRules Rules(int width, int height, ImageRules rules, TensorLayout layout = TensorLayout.Nchw)
    {
        var channels = rules.Color == ColorOrder.Gray ? 1 : 3;
        return new(rules, new TensorDescription
        {
            Name = "image",
            Type = TensorType.Float32,
            Layout = layout,
            Shape = layout == TensorLayout.Nchw ? [1, channels, height, width] : [1, height, width, channels],
        });
    }

    /// <summary>R, G and B at a place of an NCHW tensor.</summary>
    public static (int R, int G, int B) At(float[] tensor, int width, int height, int x, int y)
    {
        int Channel(int c) => (int)MathF.Round(tensor[(c * width * height) + (y * width) + x]);
        return (Channel(0), Channel(1), Channel(2));
    }

    /// <summary>A PNG (ISO/IEC 15948) with any header, and the rows given; 8 bits of RGB.</summary>
    public static byte[] Png(int width, int height, byte[] rows)
    {
        using var stream = new MemoryStream();
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        Chunk(stream, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Chunk(stream, "IDAT"u8, data.ToArray());
        Chunk(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    private static void Chunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
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
