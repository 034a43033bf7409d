using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>
/// Decodes pictures with Skia's codecs. A JPEG is decoded at the smallest of the codec's scales with the needed resolution, which costs a
/// fraction of a full decode. ICC profiles and CMYK are converted to sRGB, 16 bits to 8, and a GIF to its first frame.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>libjpeg-turbo scales by eighths during the inverse transform.</summary>
    private const int JpegScales = 8;

    /// <summary>
    /// The minimum decoded resolution, as a multiple of the target's. A codec that shrinks drops frequencies that averaging would partly
    /// keep. At three times the target they are beyond the first zero of the average's own response, and models are not affected. Measured
    /// in docs/decisions/0003-image-resampling.md.
    /// </summary>
    public const double Headroom = 3;

    private static readonly SKColorSpace Srgb = SKColorSpace.CreateSrgb();

    /// <summary>Reads a picture's header, and checks it against the limit before any pixel is decoded.</summary>
    /// <exception cref="InvalidInputException">
    /// The bytes are not a picture, have an unsupported format, or have more pixels than <paramref name="maxPixels"/>.
    /// </exception>
    public static SKCodec Open(SKData data, ReadOnlySpan<byte> bytes, long maxPixels)
    {
        if (bytes.StartsWith("https://"u8) || bytes.StartsWith("http://"u8))
        {
            throw ImageFaults.Address();
        }

        if (ImageSignature.NameUnsupported(bytes) is { } unsupported)
        {
            throw ImageFaults.Unsupported(unsupported);
        }

        var codec = SKCodec.Create(data) ?? throw (ImageSignature.NameSupported(bytes) is { } format
            ? ImageFaults.Damaged(format, "its header cannot be read")
            : ImageFaults.NotAnImage());
        try
        {
            if (!IsRead(codec.EncodedFormat))
            {
                throw ImageFaults.Unsupported($"in the format {codec.EncodedFormat}");
            }

            var (width, height) = (codec.Info.Width, codec.Info.Height);
            return (long)width * height <= maxPixels ? codec : throw ImageFaults.TooLarge(width, height, maxPixels);
        }
        catch
        {
            codec.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Decodes at the codec's smallest scale that is at least <paramref name="scale"/> (1, or more, is full size).
    /// </summary>
    /// <param name="codec">The opened picture.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="scale">The share of the picture's resolution that is needed.</param>
    /// <param name="straight">Whether colours are kept as they are, not multiplied by alpha.</param>
    /// <exception cref="InvalidInputException">The data are truncated or inconsistent.</exception>
    public static DecodedImage Decode(SKCodec codec, ReadOnlySpan<byte> bytes, double scale, bool straight = false)
    {
        var format = codec.EncodedFormat.ToString().ToUpperInvariant();
        if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg && !JpegEnd.IsPresent(bytes))
        {
            throw ImageFaults.Truncated(format);
        }

        var size = SizeFor(codec, scale);
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : straight ? SKAlphaType.Unpremul : SKAlphaType.Premul;
        var image = new DecodedImage(size.Width, size.Height);
        try
        {
            var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha, Srgb);
            var result = codec.GetPixels(info, image.Address);
            return result switch
            {
                SKCodecResult.Success => image,
                SKCodecResult.IncompleteInput => throw ImageFaults.Truncated(format),
                SKCodecResult.ErrorInInput => throw ImageFaults.Damaged(format, "its data is inconsistent"),
                _ => throw ImageFaults.Damaged(format, result.ToString()),
            };
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static bool IsRead(SKEncodedImageFormat format) => format is
        SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp or SKEncodedImageFormat.Gif
            or SKEncodedImageFormat.Bmp;

    private static SKSizeI SizeFor(SKCodec codec, double scale)
    {
        var full = codec.Info.Size;
        if (scale >= 1 || codec.EncodedFormat is not (SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp))
        {
            return full;
        }

        for (var eighths = 1; eighths < JpegScales; eighths++)
        {
            var size = codec.GetScaledDimensions((float)eighths / JpegScales);
            if (size.Width >= full.Width * scale && size.Height >= full.Height * scale)
            {
                return size;
            }
        }

        return full;
    }
}
