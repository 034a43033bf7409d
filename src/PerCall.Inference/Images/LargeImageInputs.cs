using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Images;

/// <summary>Pictures for a large model. An example names a file of the package.</summary>
internal sealed class LargeImageInputs : LargeModelInputs
{
    public override int MaxExamples => 16;

    public override bool AreFiles => true;

    public override string? Check(ModelManifest manifest, string input) =>
        manifest.Files.ContainsKey(input) && !PackageFiles.Serving(manifest).Contains(input)
            ? $"names '{input}', which is not fetched for serving; use a folder other than samples/."
            : null;

    public override async Task<LabelInput> ReadAsync(
        LargeModelRules rules, string folder, string input, CancellationToken cancellation)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, input), cancellation);
        return new(null, ImageDataUrl.From(bytes, ImageClassifier.DefaultMaxPixels, rules.MaxSide));
    }
}
