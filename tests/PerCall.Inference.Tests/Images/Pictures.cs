using PerCall.Inference.Images;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tests.Images;

/// <summary>The pictures of <c>fixtures/</c>, and tensors made of them.</summary>
internal static class Pictures
{
    public static readonly ImageRules Rgb = new() { Resize = ResizeRule.Stretch, Color = ColorOrder.Rgb };

    public static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "fixtures", name));

    public static float[] Tensor(
        byte[] image, int width, int height, ImageRules? rules = null, TensorLayout layout = TensorLayout.Nchw, long maxPixels = 1_000_000)
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
}
