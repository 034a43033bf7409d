using PerCall.Inference.Packages;
using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>
/// Converts a picture to a data URL for a large model: upright, on white, at most as large as the model needs, as JPEG. The file's
/// metadata, for example the place of a photograph, is not included.
/// </summary>
internal static class ImageDataUrl
{
    private const int Quality = 90;
    private const string Prefix = "data:image/jpeg;base64,";

    /// <param name="bytes">The encoded picture.</param>
    /// <param name="maxPixels">Maximum width × height in pixels, checked before decoding.</param>
    /// <param name="maxSide">Maximum width and height of the result in pixels.</param>
    /// <exception cref="InvalidInputException">The bytes are not a readable picture.</exception>
    public static unsafe string From(ReadOnlySpan<byte> bytes, long maxPixels, int maxSide)
    {
        if (bytes.IsEmpty)
        {
            throw ImageFaults.Empty();
        }

        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var codec = ImageDecoder.Open(data, bytes, maxPixels);
            var origin = ImageOrientation.Of(codec, bytes);
            var turned = DecodedImage.IsTurned(origin);
            var (width, height) = turned ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
            var scale = Math.Min(1, (double)maxSide / Math.Max(width, height));
            var plan = ImagePlan.For(
                ResizeRule.Stretch, width, height, Math.Max(1, (int)Math.Round(width * scale)),
                Math.Max(1, (int)Math.Round(height * scale)), null);

            using var decoded = ImageDecoder.Decode(codec, bytes, plan.Scale * ImageDecoder.Headroom);
            using var upright = origin == SKEncodedOrigin.TopLeft ? null : decoded.Upright(origin);
            var image = upright ?? decoded;
            using var bitmap = new SKBitmap(new SKImageInfo(plan.Width, plan.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
            var writer = new BitmapWriter((byte*)bitmap.GetPixels(), bitmap.RowBytes);
            Resampler.Run(image, plan.OnDecoded((double)image.Width / width, (double)image.Height / height), ref writer);
            using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
            return Prefix + Convert.ToBase64String(jpeg.AsSpan());
        }
    }

    /// <summary>Writes rows over a white background into a bitmap.</summary>
    private readonly unsafe struct BitmapWriter(byte* pixels, int rowBytes) : IRowSink
    {
        private const int Opaque = 255;

        public void Row(int y, ReadOnlySpan<float> rgba)
        {
            var row = new Span<byte>(pixels + ((nint)y * rowBytes), rgba.Length);
            for (var i = 0; i < rgba.Length; i += 4)
            {
                var white = Opaque - rgba[i + 3];
                row[i] = Byte(rgba[i] + white);
                row[i + 1] = Byte(rgba[i + 1] + white);
                row[i + 2] = Byte(rgba[i + 2] + white);
                row[i + 3] = Opaque;
            }
        }

        private static byte Byte(float value) => (byte)Math.Clamp(MathF.Round(value), 0, Opaque);
    }
}
