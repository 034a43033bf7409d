using PerCall.Inference.Packages;
using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>Converts the bytes of a picture to a model's tensor.</summary>
internal static class ImagePreprocessor
{
    /// <summary>
    /// Decodes, resizes and normalises one picture into the first <see cref="PixelRules.Length"/> elements of <paramref name="tensor"/>.
    /// </summary>
    /// <returns>Where the picture is in the tensor.</returns>
    /// <exception cref="InvalidInputException">The bytes are not a readable picture.</exception>
    public static unsafe PlacedImage Write<T, TElement>(
        ReadOnlySpan<byte> bytes, PixelRules rules, long maxPixels, Span<T> tensor, bool fullDecode = false)
        where T : unmanaged
        where TElement : struct, ITensorElement<T>
    {
        if (bytes.IsEmpty)
        {
            throw ImageFaults.Empty();
        }

        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var codec = ImageDecoder.Open(data, bytes, maxPixels);
            var (width, height) = (codec.Info.Width, codec.Info.Height);
            var origin = ImageOrientation.Of(codec, bytes);
            var (uprightWidth, uprightHeight) = DecodedImage.IsTurned(origin) ? (height, width) : (width, height);
            if (rules.Resample != Resampling.Area)
            {
                var resized = ResizedPlan.For(
                    rules.Resize, uprightWidth, uprightHeight, rules.Width, rules.Height, rules.ResizeTo);
                WriteByKernel<T, TElement>(codec, bytes, origin, rules, resized, tensor);
                return new(resized.Plan, uprightWidth, uprightHeight);
            }

            var plan = ImagePlan.For(rules.Resize, uprightWidth, uprightHeight, rules.Width, rules.Height, rules.ResizeTo);

            using var decoded = ImageDecoder.Decode(codec, bytes, fullDecode ? 1 : plan.Scale * ImageDecoder.Headroom);
            using var upright = origin == SKEncodedOrigin.TopLeft ? null : decoded.Upright(origin);
            var image = upright ?? decoded;
            var onDecoded = plan.OnDecoded((double)image.Width / uprightWidth, (double)image.Height / uprightHeight);
            var writer = new TensorWriter<T, TElement>(tensor, rules, onDecoded);
            Resampler.Run(image, onDecoded, ref writer);
            return new(plan, uprightWidth, uprightHeight);
        }
    }

    /// <summary>
    /// Decodes in full and reduces to opaque 8-bit pixels before resizing, as the tools do whose kernels these are.
    /// </summary>
    private static void WriteByKernel<T, TElement>(
        SKCodec codec, ReadOnlySpan<byte> bytes, SKEncodedOrigin origin, PixelRules rules, in ResizedPlan plan, Span<T> tensor)
        where T : unmanaged
        where TElement : struct, ITensorElement<T>
    {
        if (Math.Max(codec.Info.Width, codec.Info.Height) > KernelResampler.MaxSide)
        {
            throw ImageFaults.TooLong(codec.Info.Width, codec.Info.Height, KernelResampler.MaxSide);
        }

        using var decoded = ImageDecoder.Decode(codec, bytes, 1, straight: true);
        if (codec.Info.AlphaType != SKAlphaType.Opaque)
        {
            decoded.PutOn(rules.Background);
        }

        if (rules.Color == ColorOrder.Gray)
        {
            decoded.MakeGray();
        }

        using var upright = origin == SKEncodedOrigin.TopLeft ? null : decoded.Upright(origin);
        var writer = new TensorWriter<T, TElement>(tensor, rules, plan.Plan);
        KernelResampler.Run(upright ?? decoded, plan, rules.Resample, rules.Antialias, ref writer);
    }
}
