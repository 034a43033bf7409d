using PerCall.Client.Wire;
using PerCall.Functions.Tasks;
using PerCall.Inference.Images;

namespace PerCall.Functions.Images;

/// <summary>Makes the single call that classifies a picture.</summary>
public static class ImageCalls
{
    /// <param name="classifier">What classifies it.</param>
    /// <param name="model">The model as the caller named it.</param>
    /// <param name="image">The encoded picture, valid until the call has run.</param>
    /// <param name="topK">Number of labels to return, at least 1.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public static ModelCall<ImageClassification, ClassifyImageResponse> CallOf(
        ImageClassifier classifier, string model, ReadOnlyMemory<byte> image, int topK, CancellationToken cancellation) => new()
        {
            Operation = ImageOperations.Classify,
            Model = model,
            Run = (loaded, use) => classifier.ClassifyAsync(loaded, image, topK, use, cancellation),
            LargeRun = run => new(ImageAnswers.SharesOf(run), run.FellBack),
            Stages = run => new(run.Queued, run.Decoded, run.Inferred),
            IdPrefix = "img",
            Answer = ImageAnswers.Of,
            Type = WireJson.Readable.ClassifyImageResponse,
        };
}
