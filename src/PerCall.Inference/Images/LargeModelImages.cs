using System.Diagnostics;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Images;

/// <summary>Classifies pictures with large models: all pictures, or those that a graph is not sure of.</summary>
internal static class LargeModelImages
{
    private const string Param = "image";

    public static async ValueTask<ImageClassification> ClassifyAsync(
        ImageClassifier classifier, LoadedModel model, ReadOnlyMemory<byte> image, int topK, LargeModelUse use,
        CancellationToken cancellation)
    {
        if (model.Manifest.Task != ModelTask.ImageClassification)
        {
            throw WrongTask.Of(model.Manifest, ModelTask.ImageClassification);
        }

        if (model.Labeler is { } labeler)
        {
            return await LabelAsync(classifier, labeler, image, topK, cancellation);
        }

        var run = await classifier.ClassifyAsync(model, image, topK, cancellation);
        return await CompleteAsync(classifier, model, run, image, topK, use, cancellation);
    }

    /// <summary>Replaces an answer with a low score by that of the fallback, if it can answer.</summary>
    public static async Task<ImageClassification> CompleteAsync(
        ImageClassifier classifier, LoadedModel model, ImageClassification run, ReadOnlyMemory<byte> image, int topK, LargeModelUse use,
        CancellationToken cancellation)
    {
        if (model.Manifest.Fallback is not { } rule || use.OpenFallback is not { } open || run.Predictions[0].Score >= rule.Below)
        {
            return run;
        }

        var started = Stopwatch.GetTimestamp();
        using var lease = await open(rule, 1, cancellation);
        if (lease?.Model.Labeler is { } labeler)
        {
            try
            {
                var answer = await LabelAsync(classifier, labeler, image, topK, cancellation);
                return run with
                {
                    Predictions = answer.Predictions,
                    State = FallbackState.Answered,
                    Fallback = lease.Model.Manifest,
                    FellBack = Stopwatch.GetElapsedTime(started),
                    Cost = answer.Cost,
                };
            }
            catch (InferenceException)
            {
                // The model's own answer stays.
            }
        }

        return run with { State = FallbackState.Unavailable, FellBack = Stopwatch.GetElapsedTime(started) };
    }

    private static async Task<ImageClassification> LabelAsync(
        ImageClassifier classifier, LargeModelLabeler labeler, ReadOnlyMemory<byte> image, int topK, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var url = await classifier.ToDataUrlAsync(image, labeler.Prompt.Rules.MaxSide, cancellation);
        var decoded = Stopwatch.GetTimestamp();
        try
        {
            var labels = await labeler.LabelAsync(new(null, url), topK, cancellation);
            return new(
                labels.Predictions, null, TimeSpan.Zero, Stopwatch.GetElapsedTime(started, decoded), Stopwatch.GetElapsedTime(decoded))
            {
                Cost = labels.Cost,
            };
        }
        catch (LabelRefusedException e)
        {
            throw e.For(Param);
        }
    }
}
