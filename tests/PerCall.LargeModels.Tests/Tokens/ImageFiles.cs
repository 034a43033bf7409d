using System.Buffers.Binary;

namespace PerCall.LargeModels.Tests.Tokens;

/// <summary>Beginnings of image files.</summary>
internal static class ImageFiles
{
    public static byte[] Png(int width, int height) =>
        [0x89, .. "PNG\r\n\u001A\n"u8, 0, 0, 0, 13, .. "IHDR"u8, .. Big(width, 4), .. Big(height, 4), 8, 2, 0, 0, 0];

    public static byte[] Gif(int width, int height) => [.. "GIF89a"u8, .. Little(width, 2), .. Little(height, 2), 0, 0, 0];

    public static byte[] Jpeg(int width, int height, int metadata) =>
    [
        0xFF, 0xD8, 0xFF, 0xE1, .. Big(2 + metadata, 2), .. new byte[metadata],
        0xFF, 0xFF, 0xC4, 0, 3, 0,
        0xFF, 0xC2, 0, 17, 8, .. Big(height, 2), .. Big(width, 2), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
    ];

    public static byte[] WebPExtended(int width, int height) =>
        [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, .. Little(width - 1, 3), .. Little(height - 1, 3)];

    public static byte[] WebPLossless(int width, int height) =>
    [
        .. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8L"u8, 10, 0, 0, 0, 0x2F, .. Little((width - 1) | ((height - 1) << 14), 4), 0, 0, 0, 0, 0,
    ];

    public static byte[] WebPLossy(int width, int height) =>
    [
        .. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8 "u8, 10, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A, .. Little(width, 2), .. Little(height, 2),
    ];

    private static byte[] Big(int value, int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes[^length..];
    }

    private static byte[] Little(int value, int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes[..length];
    }
}
