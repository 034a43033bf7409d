using System.Diagnostics;
using PerCall.Inference.Classification;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Text;

/// <summary>The labels of one text.</summary>
/// <param name="Predictions">Best first.</param>
/// <param name="Labels">Where each label is decided for by itself: those that apply, best first; null where one label of many is chosen.</param>
/// <param name="Tokens">Tokens that the model saw; 0 where its graph takes strings.</param>
/// <param name="Truncated">Whether it saw less than the whole text.</param>
public sealed record ClassifiedText(IReadOnlyList<Prediction> Predictions, IReadOnlyList<string>? Labels, int Tokens, bool Truncated);

/// <summary>The labels of a call's texts, and where the time went.</summary>
/// <param name="Texts">In the order they came in.</param>
/// <param name="Queued">Waiting for the model.</param>
/// <param name="Tokenized">Normalising and cutting into tokens.</param>
/// <param name="Inferred">Running the graph, and ordering its scores.</param>
public sealed record TextClassification(IReadOnlyList<ClassifiedText> Texts, TimeSpan Queued, TimeSpan Tokenized, TimeSpan Inferred);

/// <summary>Texts to labels.</summary>
public static class TextClassifier
{
    /// <summary>Waits for the model's turn, then tokenizes, runs in micro-batches and orders.</summary>
    /// <param name="model">A model for text classification, held by a lease.</param>
    /// <param name="texts">At least one.</param>
    /// <param name="topK">How many labels to return for each; 1 or more, and no more than there are.</param>
    /// <param name="cancellation">Ends the wait, or the run at its next operator.</param>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls wait for the model.</exception>
    public static async ValueTask<TextClassification> ClassifyAsync(LoadedModel model, IReadOnlyList<string> texts, int topK, CancellationToken cancellation)
    {
        var plan = model.Text ?? throw WrongTask.Of(model.Manifest, Packages.ModelTask.TextClassification);
        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        var queued = Stopwatch.GetElapsedTime(started);
        return Classify(model, plan, texts, topK, queued, cancellation);
    }

    /// <summary>The same for one who has the model's turn already (<see cref="LoadedModel.EnterAsync"/>), or needs none.</summary>
    /// <inheritdoc cref="ClassifyAsync" path="/exception"/>
    public static TextClassification Classify(LoadedModel model, IReadOnlyList<string> texts, int topK, CancellationToken cancellation) =>
        Classify(model, model.Text ?? throw WrongTask.Of(model.Manifest, Packages.ModelTask.TextClassification), texts, topK, TimeSpan.Zero, cancellation);

    /// <summary>One short text, so that the first caller does not wait for what a first run does.</summary>
    internal static void WarmUp(LoadedModel model, CancellationToken cancellation) => Classify(model, model.Text!, ["a"], 1, TimeSpan.Zero, cancellation);

    /// <summary>The same without the queue and its asynchrony: for tools, and as the measure of what serving adds.</summary>
    internal static TextClassification Classify(LoadedModel model, TextPlan plan, IReadOnlyList<string> texts, int topK, TimeSpan queued, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var encoded = new EncodedText[texts.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            encoded[i] = plan.Encode(texts[i]);
        }

        var tokenized = Stopwatch.GetTimestamp();
        var results = new ClassifiedText[texts.Count];
        foreach (var rows in MicroBatches.Plan([.. encoded.Select(e => e.Length)], plan.Batch ?? MicroBatches.MaxRows))
        {
            Run(model, plan, encoded, rows, topK, results, cancellation);
        }

        return new(results, queued, Stopwatch.GetElapsedTime(started, tokenized), Stopwatch.GetElapsedTime(tokenized));
    }

    /// <summary>Runs the texts of the given indexes together, and puts their results in their places.</summary>
    private static void Run(LoadedModel model, TextPlan plan, EncodedText[] encoded, int[] rows, int topK, ClassifiedText[] results, CancellationToken cancellation)
    {
        var tensors = TextTensors.Of(model.Manifest, plan, [.. rows.Select(r => encoded[r])]);
        try
        {
            var width = model.Labels.Count;
            var scores = new float[rows.Length * width];
            model.Session.Run(tensors, scores, cancellation);
            for (var i = 0; i < rows.Length; i++)
            {
                var text = encoded[rows[i]];
                var values = scores.AsSpan(i * width, width);
                Scores.Activate(model.Activation, values);
                results[rows[i]] = new(
                    Scores.Top(values, model.Labels, topK, model.RepeatedLabels),
                    Scores.Applying(values, model),
                    text.Tokens,
                    text.Truncated);
            }
        }
        finally
        {
            Array.ForEach(tensors, t => t.Dispose());
        }
    }
}
