using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Golden examples of an image classifier.</summary>
internal sealed class GoldenImages(ImageClassifier classifier)
{
    /// <returns>What is wrong; null where the example is reproduced.</returns>
    public async Task<string?> RunAsync(LoadedModel model, string folder, GoldenExample example, CancellationToken cancellation)
    {
        if (example.Image is not { } image || !model.Manifest.Files.ContainsKey(image))
        {
            return $"names the image '{example.Image}', which is not listed in files.";
        }

        if (example.Predictions.Count == 0 || example.Predictions.Count > model.Labels.Count)
        {
            return $"expects {example.Predictions.Count} predictions; allowed: 1 to {model.Labels.Count}.";
        }

        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, image), cancellation);
        var answer = await classifier.ClassifyAsync(model, bytes, example.Predictions.Count, cancellation);
        return GoldenAnswers.Compare(
            image,
            example.Tolerance,
            [.. example.Predictions.Select(p => (p.Label, p.Score))],
            [.. answer.Predictions.Select(p => (p.Label, p.Score))]);
    }
}
