using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>Reads and writes pictures of one byte per pixel.</summary>
internal static class GrayPng
{
    public static byte[] Encode(byte[] values, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var y = 0; y < height; y++)
        {
            values.AsSpan(y * width, width).CopyTo(pixels[(y * bitmap.RowBytes)..]);
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>Returns the values of a grey picture; null if it cannot be read as one.</summary>
    public static (byte[] Values, int Width, int Height)? TryDecode(byte[] bytes)
    {
        using var codec = SKCodec.Create(new MemoryStream(bytes));
        if (codec?.Info is not { ColorType: SKColorType.Gray8 } info)
        {
            return null;
        }

        using var bitmap = SKBitmap.Decode(codec, info);
        var values = new byte[info.Width * info.Height];
        for (var y = 0; y < info.Height; y++)
        {
            bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, info.Width).CopyTo(values.AsSpan(y * info.Width));
        }

        return (values, info.Width, info.Height);
    }
}
