using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Images;

/// <summary>Pictures as inputs of a task.</summary>
internal sealed class ImageKind : InputKind
{
    public override ManifestSection Section => ImageManifestValidator.Section;

    public override LargeModelInputs LargeInputs { get; } = new LargeImageInputs();

    public override InputPlan Plan(ModelManifest manifest, string folder) => new ImageInputPlan(manifest);

    public override async ValueTask<GoldenInput> ExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation) =>
        example.Image is { } image && run.Model.Manifest.Files.ContainsKey(image)
            ? new(image, run.Images.PictureOf(await File.ReadAllBytesAsync(Path.Combine(run.Folder, image), cancellation)), null)
            : new("", null, $"names the image '{example.Image}', which is not listed in files.");

    public override async ValueTask<string> LabelAsync(GoldenRun run, ModelInput input, CancellationToken cancellation) =>
        (await run.Images.ClassifyAsync(run.Model, ((Picture)input).Bytes, 1, new(), cancellation)).Predictions[0].Label;
}
