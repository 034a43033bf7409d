using PerCall.Inference.LargeModels;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Text;

/// <summary>The labels of a text.</summary>
/// <param name="Predictions">The predictions, best first.</param>
/// <param name="Labels">
/// For a model whose labels apply independently: the labels that apply, best first; null for a model that chooses one label.
/// </param>
/// <param name="Tokens">Number of tokens that the model read; 0 if its graph takes strings.</param>
/// <param name="Truncated">Whether the text was cut, so that the model read only a part of it.</param>
public sealed record ClassifiedText(IReadOnlyList<Prediction> Predictions, IReadOnlyList<string>? Labels, int Tokens, bool Truncated)
{
    /// <summary>Whether the fallback answered.</summary>
    public FallbackState Fallback { get; init; }

    /// <summary>What the provider of a large model bills the operator, in micro-units; null: no large model, or not known.</summary>
    public long? Cost { get; init; }
}

/// <summary>The labels of a call's texts, and the time of each phase.</summary>
/// <param name="Texts">The results, in the order of the input.</param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Tokenized">Time spent normalising and tokenizing.</param>
/// <param name="Inferred">Time spent running the graph and sorting the scores.</param>
public sealed record TextClassification(IReadOnlyList<ClassifiedText> Texts, TimeSpan Queued, TimeSpan Tokenized, TimeSpan Inferred)
{
    /// <summary>The manifest of the fallback that answered at least one text; null: none did.</summary>
    public Packages.ModelManifest? Fallback { get; init; }

    /// <summary>Time spent waiting for the fallback.</summary>
    public TimeSpan FellBack { get; init; }
}

/// <summary>Classifies texts.</summary>
public static class TextClassifier
{
    /// <summary>Waits for a turn to run the model, then tokenizes, runs the graph in micro-batches and sorts the scores.</summary>
    /// <param name="model">A model for text classification, held by a lease.</param>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="topK">
    /// Number of labels to return for each text, at least 1. The result has at most as many as the model has labels.
    /// </param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static async ValueTask<TextClassification> ClassifyAsync(
        LoadedModel model, IReadOnlyList<string> texts, int topK, CancellationToken cancellation)
    {
        Require(model);
        return From(await ModelRunner.RunAsync(model, Passages(texts), new() { TopK = topK }, cancellation));
    }

    /// <summary>
    /// Classifies texts with any model: a graph, a large model, or a graph whose uncertain answers a large model replaces.
    /// </summary>
    /// <param name="model">A model for text classification, held by a lease.</param>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="topK">Number of labels to return for each text, at least 1. A large model can return fewer.</param>
    /// <param name="use">How large models may be used.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <inheritdoc cref="ClassifyAsync(LoadedModel, IReadOnlyList{string}, int, CancellationToken)" path="/exception"/>
    /// <exception cref="LabelRefusedException">The large model gave no label for a text.</exception>
    public static ValueTask<TextClassification> ClassifyAsync(
        LoadedModel model, IReadOnlyList<string> texts, int topK, LargeModelUse use, CancellationToken cancellation) =>
        model.IsWaiting
            ? LargeModelTexts.ClassifyAsync(model, texts, topK, use, cancellation)
            : ClassifyAsync(model, texts, topK, cancellation);

    /// <summary>Replaces the answers of a graph that have low scores by those of its fallback, as far as the fallback can answer.</summary>
    /// <param name="model">A model for text classification, held by a lease.</param>
    /// <param name="run">The answers of the graph.</param>
    /// <param name="texts">The texts of the answers.</param>
    /// <param name="topK">Number of labels to return for each text, at least 1.</param>
    /// <param name="use">How large models may be used.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public static Task<TextClassification> CompleteAsync(
        LoadedModel model, TextClassification run, IReadOnlyList<string> texts, int topK, LargeModelUse use,
        CancellationToken cancellation) => LargeModelTexts.CompleteAsync(model, run, texts, topK, use, cancellation);

    /// <summary>
    /// Like <see cref="ClassifyAsync(LoadedModel, IReadOnlyList{string}, int, CancellationToken)"/>, for a caller that already has a turn
    /// (<see cref="LoadedModel.EnterAsync"/>) or does not need one.
    /// </summary>
    /// <inheritdoc cref="ClassifyAsync(LoadedModel, IReadOnlyList{string}, int, CancellationToken)" path="/exception"/>
    public static TextClassification Classify(
        LoadedModel model, IReadOnlyList<string> texts, int topK, CancellationToken cancellation)
    {
        Require(model);
        return From(ModelRunner.Run(model, Passages(texts), new() { TopK = topK }, cancellation));
    }

    private static Passage[] Passages(IReadOnlyList<string> texts) => [.. texts.Select(t => new Passage(t))];

    private static void Require(LoadedModel model)
    {
        if (model.Pipeline is not { Input: TextPlan, Output: LabelsPlan })
        {
            throw WrongTask.Of(model.Manifest, Packages.ModelTask.TextClassification);
        }
    }

    private static TextClassification From(ModelRun run) => new(
        [.. run.Rows.Select(row =>
        {
            var answer = (LabelsOutput)row.Require();
            return new ClassifiedText(answer.Predictions, answer.Labels, row.Tokens, row.Truncated);
        })],
        run.Queued,
        run.Prepared,
        run.Inferred);
}
