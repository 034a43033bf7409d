using System.Buffers;
using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Classification;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Images;

/// <summary>The labels of one picture, and where the time went.</summary>
/// <param name="Predictions">Best first.</param>
/// <param name="Labels">
/// Where each label is decided for by itself: those that apply, best first; null where one label of many is chosen.
/// </param>
/// <param name="Queued">Waiting for the model.</param>
/// <param name="Decoded">Decoding, resizing, normalising.</param>
/// <param name="Inferred">Running the graph, and ordering its scores.</param>
public sealed record ImageClassification(
    IReadOnlyList<Prediction> Predictions, IReadOnlyList<string>? Labels, TimeSpan Queued, TimeSpan Decoded, TimeSpan Inferred);

/// <summary>A picture's bytes to labels.</summary>
/// <param name="maxPixels">Width × height allowed, checked in the header before anything is decoded.</param>
public sealed class ImageClassifier(long maxPixels)
{
    /// <summary>The limit that a service starts with: a 40-megapixel picture takes 160 MB for the milliseconds of its decoding.</summary>
    public const long DefaultMaxPixels = 40_000_000;

    /// <summary>Gives up the codec's scaled decode: the yardstick that it is measured by.</summary>
    internal bool DecodeInFull { get; init; }

    /// <summary>Waits for the model's turn, then decodes, runs and orders.</summary>
    /// <param name="model">A model for image classification, held by a lease.</param>
    /// <param name="image">The encoded picture.</param>
    /// <param name="topK">How many labels to return; 1 or more, and no more than there are.</param>
    /// <param name="cancellation">Ends the wait, or the run at its next operator.</param>
    /// <exception cref="InvalidInputException">The bytes are no picture that can be read.</exception>
    /// <exception cref="ModelNotFoundException">The model is for another task.</exception>
    /// <exception cref="ModelBusyException">Too many calls wait for the model.</exception>
    public async ValueTask<ImageClassification> ClassifyAsync(LoadedModel model, ReadOnlyMemory<byte> image, int topK, CancellationToken cancellation)
    {
        if (model.Pixels is null)
        {
            throw WrongTask.Of(model.Manifest, ModelTask.ImageClassification);
        }

        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        var queued = Stopwatch.GetElapsedTime(started);
        return Classify(model, image.Span, topK, queued, cancellation);
    }

    /// <summary>The same for one who has the model's turn already (<see cref="LoadedModel.EnterAsync"/>), or needs none: many pictures one after another.</summary>
    /// <inheritdoc cref="ClassifyAsync" path="/exception"/>
    public ImageClassification Classify(LoadedModel model, ReadOnlySpan<byte> image, int topK, CancellationToken cancellation) => model.Pixels is null
        ? throw WrongTask.Of(model.Manifest, ModelTask.ImageClassification)
        : Classify(model, image, topK, TimeSpan.Zero, cancellation);

    /// <summary>The same without the queue and its asynchrony: for tools, and as the measure of what serving adds.</summary>
    internal ImageClassification Classify(LoadedModel model, ReadOnlySpan<byte> image, int topK, TimeSpan queued, CancellationToken cancellation) =>
        model.Manifest.Inputs[0].Type switch
        {
            TensorType.Float32 => Run<float, Float32Element>(model, image, topK, queued, cancellation),
            TensorType.Float16 => Run<Float16, Float16Element>(model, image, topK, queued, cancellation),
            TensorType.Int32 => Run<int, Int32Element>(model, image, topK, queued, cancellation),
            TensorType.Int64 => Run<long, Int64Element>(model, image, topK, queued, cancellation),
            TensorType.UInt8 => Run<byte, UInt8Element>(model, image, topK, queued, cancellation),
            var type => throw new InvalidOperationException($"Image tensors of type {type} are not supported."),
        };

    private ImageClassification Run<T, TElement>(LoadedModel model, ReadOnlySpan<byte> image, int topK, TimeSpan queued, CancellationToken cancellation)
        where T : unmanaged
        where TElement : struct, ITensorElement<T>
    {
        var rules = model.Pixels ?? throw new InvalidOperationException($"{model.Manifest} is not a model for images.");
        var length = rules.Length * rules.Batch;
        var tensor = ArrayPool<T>.Shared.Rent(length);
        var scores = ArrayPool<float>.Shared.Rent(model.Labels.Count);
        try
        {
            var started = Stopwatch.GetTimestamp();
            ImagePreprocessor.Write<T, TElement>(image, rules, maxPixels, tensor.AsSpan(0, rules.Length), DecodeInFull);
            // A batch that the model fixes is filled up: with zeros, because rented memory holds what was there before.
            tensor.AsSpan(rules.Length..length).Clear();
            var decoded = Stopwatch.GetTimestamp();

            using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, tensor.AsMemory(0, length), rules.Shape);
            var values = scores.AsSpan(0, model.Labels.Count);
            model.Session.Run(input, values, cancellation);
            Scores.Activate(model.Activation, values);
            var top = Scores.Top(values, model.Labels, topK, model.RepeatedLabels);
            return new(
                top,
                Scores.Applying(values, model),
                queued,
                Stopwatch.GetElapsedTime(started, decoded),
                Stopwatch.GetElapsedTime(decoded));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(tensor);
            ArrayPool<float>.Shared.Return(scores);
        }
    }
}
