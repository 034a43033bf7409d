using PerCall.Inference.LargeModels;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Images;

/// <summary>The labels of a picture, and the time of each phase.</summary>
/// <param name="Predictions">The predictions, best first.</param>
/// <param name="Labels">
/// For a model whose labels apply independently: the labels that apply, best first; null for a model that chooses one label.
/// </param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Decoded">Time spent decoding, resizing and normalising.</param>
/// <param name="Inferred">Time spent running the graph and sorting the scores.</param>
public sealed record ImageClassification(
    IReadOnlyList<Prediction> Predictions, IReadOnlyList<string>? Labels, TimeSpan Queued, TimeSpan Decoded, TimeSpan Inferred)
{
    /// <summary>Whether the fallback answered.</summary>
    public FallbackState State { get; init; }

    /// <summary>The manifest of the fallback that answered; null: the model itself did.</summary>
    public ModelManifest? Fallback { get; init; }

    /// <summary>Time spent waiting for the fallback.</summary>
    public TimeSpan FellBack { get; init; }

    /// <summary>What the provider of a large model bills the operator, in micro-units; null: no large model, or not known.</summary>
    public long? Cost { get; init; }
}

/// <summary>Classifies encoded pictures.</summary>
/// <param name="maxPixels">Maximum width × height in pixels. It is checked in the header before decoding.</param>
public sealed class ImageClassifier(long maxPixels)
{
    /// <summary>The default limit. A 40-megapixel picture takes 160 MB while it is decoded.</summary>
    public const long DefaultMaxPixels = 40_000_000;

    // A decoded picture takes up to 160 MB, so no more are decoded for large models at once than processors can decode.
    private static readonly SemaphoreSlim Decoding = new(Environment.ProcessorCount);

    /// <summary>Disables the codec's scaled decoding, as a reference for measurements.</summary>
    internal bool DecodeInFull { get; init; }

    /// <summary>Waits for a turn to run the model, then decodes the picture, runs the graph and sorts the scores.</summary>
    /// <param name="model">A model for image classification, held by a lease.</param>
    /// <param name="image">The encoded picture.</param>
    /// <param name="topK">Number of labels to return, at least 1. The result has at most as many as the model has labels.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="InvalidInputException">The bytes are not a supported picture.</exception>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public async ValueTask<ImageClassification> ClassifyAsync(
        LoadedModel model, ReadOnlyMemory<byte> image, int topK, CancellationToken cancellation)
    {
        Require(model);
        return From(await ModelRunner.RunAsync(model, [PictureOf(image)], new() { TopK = topK }, cancellation));
    }

    /// <summary>
    /// Classifies a picture with any model: a graph, a large model, or a graph whose uncertain answer a large model replaces.
    /// </summary>
    /// <param name="model">A model for image classification, held by a lease.</param>
    /// <param name="image">The encoded picture.</param>
    /// <param name="topK">Number of labels to return, at least 1. A large model can return fewer.</param>
    /// <param name="use">How large models may be used.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <inheritdoc cref="ClassifyAsync(LoadedModel, ReadOnlyMemory{byte}, int, CancellationToken)" path="/exception"/>
    /// <exception cref="LabelRefusedException">The large model gave no label for the picture.</exception>
    public ValueTask<ImageClassification> ClassifyAsync(
        LoadedModel model, ReadOnlyMemory<byte> image, int topK, LargeModelUse use, CancellationToken cancellation) =>
        model.IsWaiting
            ? LargeModelImages.ClassifyAsync(this, model, image, topK, use, cancellation)
            : ClassifyAsync(model, image, topK, cancellation);

    /// <summary>Replaces the answer of a graph that has a low score by that of its fallback, if the fallback can answer.</summary>
    /// <param name="model">A model for image classification, held by a lease.</param>
    /// <param name="run">The answer of the graph.</param>
    /// <param name="image">The picture of the answer.</param>
    /// <param name="topK">Number of labels to return, at least 1.</param>
    /// <param name="use">How large models may be used.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public Task<ImageClassification> CompleteAsync(
        LoadedModel model, ImageClassification run, ReadOnlyMemory<byte> image, int topK, LargeModelUse use,
        CancellationToken cancellation) => LargeModelImages.CompleteAsync(this, model, run, image, topK, use, cancellation);

    /// <summary>Converts a picture to a data URL for a large model.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a supported picture.</exception>
    internal async Task<string> ToDataUrlAsync(ReadOnlyMemory<byte> image, int maxSide, CancellationToken cancellation)
    {
        await Decoding.WaitAsync(cancellation);
        try
        {
            return ImageDataUrl.From(image.Span, maxPixels, maxSide);
        }
        finally
        {
            Decoding.Release();
        }
    }

    /// <summary>
    /// Like <see cref="ClassifyAsync(LoadedModel, ReadOnlyMemory{byte}, int, CancellationToken)"/>, for a caller that already has a
    /// turn (<see cref="LoadedModel.EnterAsync"/>) or does not need one.
    /// </summary>
    /// <inheritdoc cref="ClassifyAsync(LoadedModel, ReadOnlyMemory{byte}, int, CancellationToken)" path="/exception"/>
    public ImageClassification Classify(LoadedModel model, ReadOnlyMemory<byte> image, int topK, CancellationToken cancellation)
    {
        Require(model);
        return From(ModelRunner.Run(model, [PictureOf(image)], new() { TopK = topK }, cancellation));
    }

    private static void Require(LoadedModel model)
    {
        if (model.Pipeline is not { Input: ImageInputPlan, Output: LabelsPlan })
        {
            throw WrongTask.Of(model.Manifest, ModelTask.ImageClassification);
        }
    }

    private static ImageClassification From(ModelRun run)
    {
        var answer = (LabelsOutput)run.Rows[0].Require();
        return new(answer.Predictions, answer.Labels, run.Queued, run.Prepared, run.Inferred);
    }

    internal Picture PictureOf(ReadOnlyMemory<byte> image) => new(image, maxPixels) { DecodeInFull = DecodeInFull };
}
