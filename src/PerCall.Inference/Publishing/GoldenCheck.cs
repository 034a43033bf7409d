using System.Globalization;
using System.Text.Json;
using PerCall.Inference.Classification;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Runs a package's golden examples through the pipeline that will serve it.</summary>
public sealed class GoldenCheck(ImageClassifier images)
{
    internal async Task<List<PackageFault>> RunAsync(LoadedModel model, string folder, CancellationToken cancellation)
    {
        var manifest = model.Manifest;
        if (manifest.Golden is null)
        {
            return [new("golden", "is missing; a package brings inputs with the answers expected of them, so that a wrong pre-processing rule is noticed here.")];
        }

        var faults = new List<PackageFault>();
        var lines = 0;
        await foreach (var line in File.ReadLinesAsync(Path.Combine(folder, manifest.Golden), cancellation))
        {
            lines++;
            if (await RunAsync(model, folder, line, cancellation) is { } problem)
            {
                faults.Add(new($"{manifest.Golden}, line {lines}", problem));
            }
        }

        return lines == 0 ? [new(manifest.Golden, "is empty; at least one example is expected.")] : faults;
    }

    private async Task<string?> RunAsync(LoadedModel model, string folder, string line, CancellationToken cancellation)
    {
        GoldenExample example;
        try
        {
            example = JsonSerializer.Deserialize<GoldenExample>(line, ManifestJson.Options)!;
        }
        catch (JsonException e)
        {
            return $"is no golden example: {e.Message}";
        }

        if (example?.Image is not { } image || !model.Manifest.Files.ContainsKey(image))
        {
            return $"names the image '{example?.Image}', which is not listed in files.";
        }

        if (example.Predictions.Count == 0 || example.Predictions.Count > model.Labels.Count)
        {
            return $"expects {example.Predictions.Count} predictions; 1 to {model.Labels.Count} are possible.";
        }

        try
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, image), cancellation);
            var answer = await images.ClassifyAsync(model, bytes, example.Predictions.Count, cancellation);
            return Differs(example, answer.Predictions) ? $"is not reproduced for {image}: expected {Show(example.Predictions.Select(p => (p.Label, p.Score)))}, got {Show(answer.Predictions.Select(p => (p.Label, p.Score)))}." : null;
        }
        catch (InvalidInputException e)
        {
            return $"cannot be run: {e.Message}";
        }
    }

    private static bool Differs(GoldenExample example, IReadOnlyList<Prediction> actual) => example.Predictions.Zip(actual)
        .Any(p => p.First.Label != p.Second.Label || !(Math.Abs(p.First.Score - p.Second.Score) <= example.Tolerance));

    private static string Show(IEnumerable<(string Label, float Score)> predictions) =>
        string.Join(", ", predictions.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Label} {p.Score:0.####}")));
}
