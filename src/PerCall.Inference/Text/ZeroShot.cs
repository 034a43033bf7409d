using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Text;

/// <summary>Labels that a caller chooses.</summary>
/// <param name="Labels">The labels, at least one.</param>
/// <param name="Template">A sentence with <c>{}</c> in the place of a label, for example <c>This text is about {}.</c></param>
/// <param name="Independent">Whether several labels may apply, so that each is scored by itself.</param>
public sealed record CandidateLabels(IReadOnlyList<string> Labels, string Template, bool Independent)
{
    /// <summary>The place of a label in the template.</summary>
    public const string Place = "{}";

    /// <summary>The sentences that the model compares with a text, in the order of the labels.</summary>
    public IReadOnlyList<string> Hypotheses { get; } = [.. Labels.Select(l => Template.Replace(Place, l, StringComparison.Ordinal))];
}

/// <summary>
/// Classifies texts by labels that the model was not trained on. The model, trained on natural language inference, says whether a text
/// entails a sentence with the label (Yin, Hay and Roth 2019, https://arxiv.org/abs/1909.00161).
/// </summary>
public static class ZeroShot
{
    private const string Entailment = "entailment";
    private const string Contradiction = "contradiction";

    /// <summary>Waits for a turn to run the model, and scores each text with each label.</summary>
    /// <param name="model">A model for text classification of pairs, with the label <c>entailment</c>, held by a lease.</param>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="candidates">The labels.</param>
    /// <param name="topK">Number of labels to return for each text, at least 1.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="InvalidInputException">The model does not read pairs, or has no label <c>entailment</c>.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static async ValueTask<TextClassification> ClassifyAsync(
        LoadedModel model, IReadOnlyList<string> texts, CandidateLabels candidates, int topK, CancellationToken cancellation)
    {
        var pairs = Pairs(model, texts, candidates);
        return From(model, candidates, topK, await ModelRunner.RunAsync(model, pairs, OptionsOf(model), cancellation));
    }

    /// <summary>Same for a caller that already has a turn.</summary>
    /// <inheritdoc cref="ClassifyAsync"/>
    public static TextClassification Classify(
        LoadedModel model, IReadOnlyList<string> texts, CandidateLabels candidates, int topK, CancellationToken cancellation)
    {
        var pairs = Pairs(model, texts, candidates);
        return From(model, candidates, topK, ModelRunner.Run(model, pairs, OptionsOf(model), cancellation));
    }

    private static CallOptions OptionsOf(LoadedModel model) => new() { TopK = model.Labels.Count, Raw = true };

    private static Passage[] Pairs(LoadedModel model, IReadOnlyList<string> texts, CandidateLabels candidates) =>
        model is { IsLarge: false, Text.Rules.Pair: not null } && IndexOf(model, Entailment) >= 0
            ? [.. texts.SelectMany(t => candidates.Hypotheses.Select(h => new Passage(t, h)))]
            : throw new InvalidInputException(
                "not_zero_shot",
                $"The model {model.Manifest} cannot classify by 'candidate_labels'; that needs a model of pairs of texts with the label "
                    + $"'{Entailment}'.",
                "candidate_labels");

    private static TextClassification From(LoadedModel model, CandidateLabels candidates, int topK, ModelRun run)
    {
        var rows = run.Rows.Chunk(candidates.Labels.Count);
        return new(
            [.. rows.Select(pairs => ScoresOf(model, candidates, topK, pairs))], run.Queued, run.Prepared, run.Inferred);
    }

    private static ClassifiedText ScoresOf(LoadedModel model, CandidateLabels candidates, int topK, RowResult[] pairs)
    {
        var values = pairs.Select(p => LogitsOf(model, (LabelsOutput)p.Require())).ToArray();
        var scores = new float[pairs.Length];
        if (candidates.Independent)
        {
            var other = IndexOf(model, Contradiction);
            for (var i = 0; i < scores.Length; i++)
            {
                // Neutral is left out: the text says that the label applies, or that it does not.
                float[] both = other < 0 ? values[i] : [values[i][IndexOf(model, Entailment)], values[i][other]];
                Scores.Activate(Packages.Activation.Softmax, both);
                scores[i] = both[other < 0 ? IndexOf(model, Entailment) : 0];
            }
        }
        else
        {
            scores = [.. values.Select(v => v[IndexOf(model, Entailment)])];
            Scores.Activate(Packages.Activation.Softmax, scores);
        }

        return new(
            Scores.Top(scores, candidates.Labels, topK), null, pairs.Sum(p => p.Tokens), pairs.Any(p => p.Truncated));
    }

    /// <summary>Returns the model's values in the order of its labels.</summary>
    private static float[] LogitsOf(LoadedModel model, LabelsOutput output)
    {
        var values = new float[model.Labels.Count];
        foreach (var prediction in output.Predictions)
        {
            values[prediction.Index ?? IndexOf(model, prediction.Label)] = prediction.Score;
        }

        return values;
    }

    private static int IndexOf(LoadedModel model, string label)
    {
        for (var i = 0; i < model.Labels.Count; i++)
        {
            if (model.Labels[i].Equals(label, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }
}
