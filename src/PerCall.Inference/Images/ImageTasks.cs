using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Images;

/// <summary>The tasks whose inputs are pictures.</summary>
internal static class ImageTasks
{
    /// <summary>Pictures as inputs.</summary>
    public static ImageKind Pictures { get; } = new();

    /// <summary>From a picture to labels.</summary>
    public static PipelineTask Classification { get; } = Of(ModelTask.ImageClassification, OutputKind.Labels);

    /// <summary>From a picture to labelled rectangles.</summary>
    public static PipelineTask Detection { get; } = Of(ModelTask.ObjectDetection, OutputKind.Boxes);

    /// <summary>From a picture to a label for each pixel.</summary>
    public static PipelineTask Segmentation { get; } = Of(ModelTask.ImageSegmentation, OutputKind.Mask);

    private static PipelineTask Of(ModelTask task, OutputKind kind) => new(task, PriceUnit.Image, [Pictures], [kind]);
}
