using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using PerCall.Bench.Results;
using PerCall.Inference.Images;
using PerCall.Inference.Outputs;
using PerCall.Inference.Registry;
using SkiaSharp;

namespace PerCall.Bench.Decode;

/// <summary>A picture's bytes, decoded at a chosen scale instead of the service's own.</summary>
internal sealed class Photograph(string name, byte[] bytes)
{
    private const int Eighth = 8;
    private const int Repeats = 15;

    private delegate T Use<T>(SKCodec codec);

    public string Name => name;

    public string Size => Open(codec => $"{codec.Info.Width} × {codec.Info.Height}");

    /// <summary>A score for each of the model's labels.</summary>
    /// <param name="model">Takes half-precision tensors.</param>
    /// <param name="headroom">How many times the resolution needed is decoded at least; null for all there is.</param>
    public float[] Classify(LoadedModel model, double? headroom)
    {
        var rules = model.Pixels!;
        var tensor = new Float16[rules.Length];
        Write(tensor, rules, headroom);
        using var input = OrtValue.CreateTensorValueFromMemory(tensor, rules.Shape);
        var scores = new float[model.Labels.Count];
        using var outputs = model.Session.Run([input], CancellationToken.None);
        TensorReader.CopyTo(outputs[0], 0, scores);
        return scores;
    }

    /// <summary>The scale that a headroom leads to.</summary>
    public int Eighths(LoadedModel model, double headroom) => Open(codec =>
    {
        using var image = ImageDecoder.Decode(codec, bytes, Plan(codec, model.Pixels!).Scale * headroom);
        return (int)Math.Round((double)image.Width / codec.Info.Width * Eighth);
    });

    /// <summary>Milliseconds from bytes to tensor.</summary>
    public double TensorTime(LoadedModel model, double? headroom)
    {
        var tensor = new Float16[model.Pixels!.Length];
        return Median(() => Write(tensor, model.Pixels!, headroom));
    }

    /// <summary>Milliseconds to decode at one to eight eighths of the size; null where the format has no such scale.</summary>
    public IEnumerable<double?> DecodeTimes() => Enumerable.Range(1, Eighth).Select(eighths =>
        eighths == Eighth || Open(codec => codec.EncodedFormat) == SKEncodedImageFormat.Jpeg
            ? Median(() => Open(codec =>
            {
                using var image = ImageDecoder.Decode(codec, bytes, (double)eighths / Eighth);
                return image.Width;
            }))
            : (double?)null);

    private static ImagePlan Plan(SKCodec codec, PixelRules rules)
    {
        var turned = DecodedImage.IsTurned(codec.EncodedOrigin);
        var (width, height) = turned ? (codec.Info.Height, codec.Info.Width) : (codec.Info.Width, codec.Info.Height);
        return ImagePlan.For(rules.Resize, width, height, rules.Width, rules.Height, rules.ResizeTo);
    }

    private static double Median(Action action) => Statistics.Median(Enumerable.Range(0, Repeats).Select(_ =>
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }));

    private void Write(Float16[] tensor, PixelRules rules, double? headroom) => Open(codec =>
    {
        var plan = Plan(codec, rules);
        using var image = ImageDecoder.Decode(codec, bytes, headroom is { } h ? plan.Scale * h : 1);
        var turned = DecodedImage.IsTurned(codec.EncodedOrigin);
        var onDecoded = plan.OnDecoded((double)image.Width / codec.Info.Width, (double)image.Height / codec.Info.Height);
        if (turned)
        {
            onDecoded = plan.OnDecoded((double)image.Height / codec.Info.Height, (double)image.Width / codec.Info.Width);
        }

        var writer = new TensorWriter<Float16, Float16Element>(tensor, rules, onDecoded);
        Resampler.Run(image, onDecoded, ref writer);
        return tensor.Length;
    });

    private unsafe T Open<T>(Use<T> use)
    {
        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var codec = ImageDecoder.Open(data, bytes, ImageClassifier.DefaultMaxPixels);
            return use(codec);
        }
    }
}
