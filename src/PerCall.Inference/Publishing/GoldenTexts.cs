using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Inference.Publishing;

/// <summary>Golden examples of a text classifier: the scores, and the tokens when the example has them.</summary>
internal static class GoldenTexts
{
    private const int ShownText = 40;

    /// <returns>The difference; null when the example is reproduced.</returns>
    public static async Task<string?> RunAsync(LoadedModel model, GoldenExample example, CancellationToken cancellation)
    {
        if (example.Text is not { } text)
        {
            return "has no text.";
        }

        if (example.Predictions.Count == 0 || example.Predictions.Count > model.Labels.Count)
        {
            return $"expects {example.Predictions.Count} predictions; allowed: 1 to {model.Labels.Count}.";
        }

        var shown = $"the text '{(text.Length <= ShownText ? text : text[..ShownText] + "…")}'";
        if (model.IsLarge)
        {
            return example.Ids is null
                ? GoldenAnswers.CompareLabel(
                    shown, example.Predictions[0].Label,
                    (await TextClassifier.ClassifyAsync(model, [text], 1, new(), cancellation)).Texts[0].Predictions[0])
                : "has ids, but a large model has its own tokenizer.";
        }

        if (example.Ids is { } ids && Tokens(model.Text!, text, ids, shown) is { } fault)
        {
            return fault;
        }

        var answer = await TextClassifier.ClassifyAsync(model, [text], example.Predictions.Count, cancellation);
        return GoldenAnswers.Compare(
            shown,
            example.Tolerance,
            [.. example.Predictions.Select(p => (p.Label, p.Score))],
            [.. answer.Texts[0].Predictions.Select(p => (p.Label, p.Score))]);
    }

    private static string? Tokens(TextPlan plan, string text, IReadOnlyList<int> expected, string shown)
    {
        var encoded = plan.Encode(text);
        if (encoded.Text is not null)
        {
            return "has ids, but the graph takes strings.";
        }

        var actual = encoded.Ids;
        var at = Enumerable.Range(0, Math.Max(expected.Count, actual.Length)).FirstOrDefault(
            i => i >= expected.Count || i >= actual.Length || expected[i] != actual[i], -1);
        return at < 0
            ? null
            : $"has different tokens: id {at} of {shown} is {(at < actual.Length ? actual[at] : "missing")}, "
                + $"expected {(at < expected.Count ? expected[at] : "none")} ({actual.Length} ids, expected {expected.Count}).";
    }
}
