using System.Text.Json;
using PerCall.Client.Wire;

namespace PerCall.Functions.Scoring;

/// <summary>Writes labels and scores as cells: the best label, its score, and all of them as JSON.</summary>
public static class LabelCells
{
    public static IReadOnlyList<string> Names { get; } = ["label", "score", "predictions"];

    public static IReadOnlyList<object?> Of(IReadOnlyList<LabelScore> predictions) =>
        [predictions[0].Label, predictions[0].Score, JsonSerializer.Serialize(predictions, WireJson.Readable.IReadOnlyListLabelScore)];
}
