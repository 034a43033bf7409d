using PerCall.Inference.Outputs;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using SkiaSharp;

namespace PerCall.Inference;

/// <summary>
/// Does one-time work that needs no model, so that the first call does not wait for it: loads native libraries and compiles code.
/// </summary>
public static class FirstUse
{
    private const int Side = 8;

    private static ReadOnlySpan<byte> Manifest => """
        {
          "schema": 1, "name": "first-use", "version": "1", "task": "image-classification", "description": "-", "license": "-", "model": "-", "files": { "-": "-" },
          "inputs": [ { "name": "image", "type": "float32", "shape": [1, 3, 8, 8], "layout": "NCHW" } ],
          "outputs": [ { "name": "scores", "type": "float32", "shape": [1, 8] } ],
          "image": { "resize": "cover", "color": "rgb", "scale": 1, "mean": [0], "std": [1] },
          "output": { "tensor": "scores", "activation": "softmax", "labels": "-" },
          "unit": "image", "golden": "-", "card": "-", "limits": { "queue": 1 }
        }
        """u8;

    /// <summary>Does the work. It can run in parallel with anything else, and takes a fraction of a second of one processor.</summary>
    /// <param name="options">The options of the registry. The runtime creates its threads once per process.</param>
    public static void Prepare(ModelRegistryOptions options)
    {
        OrtRuntime.EnsureCreated(options.Threads, options.RunMemoryBytes);
        var manifest = ManifestReader.Parse(Manifest);
        var rules = new PixelRules(manifest.Image!, manifest.Inputs[0]);

        // Twice the target size, so that it is shrunk, as most pictures are.
        using var bitmap = new SKBitmap(Side * 2, Side * 2);
        bitmap.Erase(SKColors.Gray);
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        var tensor = new float[rules.Length];
        ImagePreprocessor.Write<float, Float32Element>(jpeg.AsSpan(), rules, ImageClassifier.DefaultMaxPixels, tensor);

        var scores = tensor.AsSpan(0, Side);
        Scores.Activate(manifest.Output!.Activation ?? Activation.None, scores);
        Scores.Top(scores, [.. Enumerable.Range(0, Side).Select(_ => "")], 1);
    }
}
