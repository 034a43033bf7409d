using System.Buffers;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tests.Outputs;

/// <summary>Pictures as a model's input, without a picture.</summary>
internal static class EncodedPictures
{
    public static EncodedImage<float> Of(int width, int height, PlacedImage placed) => new(
        new PixelRules(
            new ImageRules { Resize = ResizeRule.Stretch, Color = ColorOrder.Rgb },
            new TensorDescription { Name = "image", Type = TensorType.Float32, Shape = [1, 3, height, width], Layout = TensorLayout.Nchw }),
        placed,
        ArrayPool<float>.Shared.Rent(3 * width * height));
}
