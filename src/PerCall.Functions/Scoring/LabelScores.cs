using PerCall.Client.Wire;
using PerCall.Inference.LargeModels;

namespace PerCall.Functions.Scoring;

/// <summary>Converts predictions to the API's form.</summary>
public static class LabelScores
{
    /// <summary>A large model whose provider reports no probabilities gives a label without a score.</summary>
    public static IReadOnlyList<LabelScore> Of(IReadOnlyList<Inference.Outputs.Prediction> predictions) =>
        [.. predictions.Select(p => new LabelScore(p.Label, float.IsNaN(p.Score) ? null : p.Score, p.Index))];

    /// <summary>Returns the state's name; null: the fallback was not needed.</summary>
    public static string? NameOf(FallbackState state) => state switch
    {
        FallbackState.Answered => "answered",
        FallbackState.Unavailable => "unavailable",
        _ => null,
    };
}
