using System.Diagnostics;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Text;

/// <summary>Classifies texts with large models: all texts, or those that a graph is not sure of.</summary>
internal static class LargeModelTexts
{
    public static async ValueTask<TextClassification> ClassifyAsync(
        LoadedModel model, IReadOnlyList<string> texts, int topK, LargeModelUse use, CancellationToken cancellation)
    {
        if (model.Manifest.Task != ModelTask.TextClassification)
        {
            throw WrongTask.Of(model.Manifest, ModelTask.TextClassification);
        }

        if (model.Labeler is not { } labeler)
        {
            var run = await TextClassifier.ClassifyAsync(model, texts, topK, cancellation);
            return await CompleteAsync(model, run, texts, topK, use, cancellation);
        }

        var started = Stopwatch.GetTimestamp();
        var results = await LargeModelLabeler.ForEachAsync(
            texts.Count, (i, token) => LabelAsync(labeler, texts[i], NameOf(i, texts.Count), topK, use, token), cancellation);
        return new(results, TimeSpan.Zero, TimeSpan.Zero, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Replaces the answers with low scores by those of the fallback, as far as it can answer.</summary>
    public static async Task<TextClassification> CompleteAsync(
        LoadedModel model, TextClassification run, IReadOnlyList<string> texts, int topK, LargeModelUse use, CancellationToken cancellation)
    {
        if (model.Manifest.Fallback is not { } rule || use.OpenFallback is not { } open)
        {
            return run;
        }

        var below = Enumerable.Range(0, texts.Count).Where(i => !(run.Texts[i].Predictions[0].Score >= rule.Below)).ToList();
        if (below.Count == 0)
        {
            return run;
        }

        var started = Stopwatch.GetTimestamp();
        var results = run.Texts.ToArray();
        using var lease = await open(rule, Characters.Units(below.Sum(i => (long)Characters.Count(texts[i]))), cancellation);
        var labeler = lease?.Model.Labeler;
        var answers = labeler is null
            ? new ClassifiedText?[below.Count]
            : await LargeModelLabeler.ForEachAsync(
                below.Count, (i, token) => TryLabelAsync(labeler, texts[below[i]], topK, use, token), cancellation);
        foreach (var (answer, i) in answers.Zip(below))
        {
            results[i] = answer is null
                ? results[i] with { Fallback = FallbackState.Unavailable }
                : answer with { Fallback = FallbackState.Answered };
        }

        return run with
        {
            Texts = results,
            Fallback = answers.Any(a => a is not null) ? lease!.Model.Manifest : null,
            FellBack = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>Returns null when the fallback cannot answer.</summary>
    private static async Task<ClassifiedText?> TryLabelAsync(
        LargeModelLabeler labeler, string text, int topK, LargeModelUse use, CancellationToken cancellation)
    {
        try
        {
            return await LabelAsync(labeler, text, param: null, topK, use, cancellation);
        }
        catch (InferenceException)
        {
            return null;
        }
    }

    private static async Task<ClassifiedText> LabelAsync(
        LargeModelLabeler labeler, string text, string? param, int topK, LargeModelUse use, CancellationToken cancellation)
    {
        var rules = labeler.Prompt.Rules;
        // Before the text is cut: half of a number would not be recognised.
        var safe = use.Redact is { } redact ? redact(text) : text;
        var cut = Cut(safe, rules.MaxCharacters, rules.Truncate);
        try
        {
            // Half of a surrogate pair cannot be sent as UTF-8.
            var labels = await labeler.LabelAsync(new(TextNormalizer.ReplaceHalfPairs(cut), null), topK, cancellation);
            return new(labels.Predictions, null, (int)Math.Min(int.MaxValue, labels.Tokens), cut.Length != safe.Length)
            {
                Cost = labels.Cost,
            };
        }
        catch (LabelRefusedException e) when (param is not null)
        {
            throw e.For(param);
        }
    }

    /// <summary>Cuts a text to a number of characters (Unicode scalar values).</summary>
    private static string Cut(string text, int characters, Truncation rule)
    {
        // A text has at least as many UTF-16 units as characters.
        if (text.Length <= characters || Characters.Count(text) is var count && count <= characters)
        {
            return text;
        }

        var tail = rule switch
        {
            Truncation.Tail => characters,
            Truncation.HeadTail => characters / 2,
            _ => 0,
        };
        return string.Concat(text.AsSpan(0, Offset(text, characters - tail)), text.AsSpan(Offset(text, count - tail)));
    }

    /// <summary>Returns the UTF-16 offset of a character.</summary>
    private static int Offset(string text, int character)
    {
        var offset = 0;
        for (; character > 0; character--)
        {
            offset += offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]) ? 2 : 1;
        }

        return offset;
    }

    private static string NameOf(int index, int count) => count == 1 ? "input" : $"input[{index}]";
}
