using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Classification;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Images;

/// <summary>The task of image classification, from a picture to labels.</summary>
public sealed class ImageClassificationTask : TaskDefinition
{
    /// <inheritdoc/>
    public override ModelTask Task => ModelTask.ImageClassification;

    /// <inheritdoc/>
    public override PriceUnit Unit => PriceUnit.Image;

    internal override ManifestSection Input => ImageManifestValidator.Section;

    internal override ManifestSection Output => OutputManifestValidator.Section;

    internal override LargeModelInputs LargeInputs { get; } = new LargeImageInputs();

    internal override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) =>
        ScoresTensor.Check(manifest, session, labels, inRows: false);

    internal override ValueTask<object?> PrepareAsync(ModelManifest manifest, string folder) =>
        new(manifest.Image is { } image ? new PixelRules(image, manifest.Inputs[0]) : null);

    internal override PackageFault? Try(LoadedModel model, CancellationToken cancellation)
    {
        var pixels = model.Pixels!;
        var picture = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, ElementTypes.Of(model.Manifest.Inputs[0].Type), pixels.Shape);
        picture.GetTensorMutableRawData().Clear();
        return TrialRun.Check(model, [picture], pixels.Batch, $"a picture of {pixels.Width} × {pixels.Height} pixels", cancellation);
    }

    internal override async ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation) =>
        await GoldenImages.RunAsync(run, example, cancellation);
}

/// <summary>The image part of a loaded model.</summary>
internal static class ImageModels
{
    extension(LoadedModel model)
    {
        /// <summary>The conversion of pixels to the model's tensor; null when the model does not take pictures.</summary>
        public PixelRules? Pixels => model.Prepared as PixelRules;
    }
}
