using PerCall.Client.Wire;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Images;

/// <summary>Converts labels to the API's form.</summary>
public static class ImageAnswers
{
    public static ClassifyImageResponse Of(string id, ModelManifest manifest, ImageClassification answer) => new()
    {
        Id = id,
        Model = manifest.Name,
        Version = manifest.Version,
        Predictions = [.. answer.Predictions.Select(p => new LabelScore(p.Label, p.Score, p.Index))],
        Labels = answer.Labels,
    };
}
