using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Images;

/// <summary>The operations under which calls of image models are charged.</summary>
public static class ImageOperations
{
    public static Operation Classify { get; } = Operation.For(ModelTask.ImageClassification, "images.classify");

    public static TaskOperations All { get; } = new(ModelTask.ImageClassification, [Classify]);
}
