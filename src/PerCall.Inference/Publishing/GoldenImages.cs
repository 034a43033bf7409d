using PerCall.Inference.Packages;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Publishing;

/// <summary>Golden examples of an image classifier.</summary>
internal static class GoldenImages
{
    /// <returns>The difference; null when the example is reproduced.</returns>
    public static async Task<string?> RunAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation)
    {
        var model = run.Model;
        if (example.Image is not { } image || !model.Manifest.Files.ContainsKey(image))
        {
            return $"names the image '{example.Image}', which is not listed in files.";
        }

        if (example.Predictions.Count == 0 || example.Predictions.Count > model.Labels.Count)
        {
            return $"expects {example.Predictions.Count} predictions; allowed: 1 to {model.Labels.Count}.";
        }

        var bytes = await File.ReadAllBytesAsync(Path.Combine(run.Folder, image), cancellation);
        if (model.IsLarge)
        {
            return GoldenAnswers.CompareLabel(
                image, example.Predictions[0].Label,
                (await run.Images.ClassifyAsync(model, bytes, 1, new(), cancellation)).Predictions[0]);
        }

        var answer = await run.Images.ClassifyAsync(model, bytes, example.Predictions.Count, cancellation);
        return GoldenAnswers.Compare(
            image,
            example.Tolerance,
            [.. example.Predictions.Select(p => (p.Label, p.Score))],
            [.. answer.Predictions.Select(p => (p.Label, p.Score))]);
    }
}
