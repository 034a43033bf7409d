using System.Text.Json;
using PerCall.Inference.Outputs;

namespace PerCall.Inference.LargeModels;

/// <summary>Reads the label and its score from the answer of a large model.</summary>
internal static class LabelAnswer
{
    private const int ShownAnswer = 60;

    /// <summary>Returns the labels whose probability the answer shows, best first.</summary>
    /// <param name="model">The model, for messages.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="count">Maximum number of labels to return, at least 1.</param>
    /// <returns>At least one prediction. If the answer shows no probabilities: the chosen label with the score NaN.</returns>
    /// <exception cref="LabelRefusedException">The answer is not one of the labels.</exception>
    public static Prediction[] Read(string model, IReadOnlyList<string> labels, LabelReply answer, int count)
    {
        var text = LabelIn(answer.Text);
        var chosen = Index(labels, text);
        if (chosen < 0)
        {
            throw new LabelRefusedException(
                "label_outside_list",
                model,
                $"its answer '{(text.Length <= ShownAnswer ? text : text[..ShownAnswer] + "…")}' is not one of the {labels.Count} labels.");
        }

        if (answer.Tokens is not { Count: > 0 } tokens || LabelProbabilities.Of(labels, chosen, tokens) is not { } probabilities)
        {
            return [new(labels[chosen], float.NaN)];
        }

        return
        [
            .. Enumerable.Range(0, labels.Count)
                .Where(i => !double.IsNaN(probabilities[i]))
                .OrderByDescending(i => probabilities[i])
                // Of equal scores, the chosen label is first.
                .ThenBy(i => i == chosen ? -1 : i)
                .Take(count)
                .Select(i => new Prediction(labels[i], (float)probabilities[i])),
        ];
    }

    /// <summary>Returns the member <c>label</c> of a JSON object, or else the text itself: not all servers enforce a schema.</summary>
    private static string LabelIn(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(LabelProbabilities.Member, out var label)
                && label.ValueKind == JsonValueKind.String
                ? label.GetString()!
                : text.Trim();
        }
        catch (JsonException)
        {
            return text.Trim();
        }
    }

    private static int Index(IReadOnlyList<string> labels, string text)
    {
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] == text)
            {
                return i;
            }
        }

        return -1;
    }
}
