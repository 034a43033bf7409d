using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Images;

/// <summary>Converts labels to the API's form.</summary>
public static class ImageAnswers
{
    public static ClassifyImageResponse Of(string id, ModelManifest manifest, ImageClassification answer) => new()
    {
        Id = id,
        Model = (answer.Fallback ?? manifest).Name,
        Version = (answer.Fallback ?? manifest).Version,
        Predictions = LabelScores.Of(answer.Predictions),
        Labels = answer.Labels,
        Fallback = LabelScores.NameOf(answer.State),
    };

    /// <summary>Returns which model answered.</summary>
    public static AnswerShares SharesOf(ImageClassification answer) => answer.Fallback is { } fallback
        ? new(0, null, new(fallback.Name, fallback.Version, 1, answer.Cost))
        : new(1, answer.Cost);
}
