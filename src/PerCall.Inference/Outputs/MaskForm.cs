using System.Text.Json.Nodes;
using System.Globalization;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>The kind <c>mask</c>: a label for each pixel of a picture.</summary>
internal sealed class MaskForm : OutputForm
{
    /// <summary>A mask has one byte per pixel, and 255 is for pixels that the model did not see.</summary>
    public const int MaxLabels = 255;

    /// <summary>The file of a recorded mask in a package.</summary>
    public const string Recorded = "samples/mask.png";

    public override OutputKind Kind => OutputKind.Mask;

    public override IReadOnlyList<string> Members => ["labels"];

    public override IReadOnlyList<string> Required => ["labels"];

    public override ManifestSection Section => ImageManifestValidator.Section;

    public override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels)
    {
        if (labels > MaxLabels)
        {
            yield return new(manifest.Output!.Labels!, $"has {labels} labels; allowed for a mask: at most {MaxLabels}.");
        }

        if (session.OutputMetadata.TryGetValue(manifest.Output!.Tensor, out var node) && node.IsTensor
            && (node.Dimensions.Length is not (0 or 3 or 4)
                || (node.Dimensions.Length == 4 && labels is { } count && node.Dimensions[1] > 1 && node.Dimensions[1] != count)))
        {
            yield return new(
                "output.tensor",
                $"names '{manifest.Output.Tensor}', which has the shape [{string.Join(", ", node.Dimensions)}] in the graph; expected "
                    + $"[batch, {labels?.ToString(CultureInfo.InvariantCulture) ?? "labels"}, height, width], or [batch, height, width].");
        }
    }

    public override OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels) => new MaskPlan(manifest, labels);

    public override string? Problem(GoldenExample example, IReadOnlyList<string> labels) =>
        example.Mask is null ? "has no mask, the path of a grey PNG in the package." : null;

    public override string Record(ModelOutput output, JsonObject example, string folder)
    {
        var mask = (MaskOutput)output;
        File.WriteAllBytes(Path.Combine(folder, Recorded), mask.ToPng());
        example["mask"] = Recorded;
        return string.Join(", ", mask.Classes.CountBy(c => c).OrderByDescending(c => c.Value).Take(5).Select(
            c => $"{(c.Key < mask.Labels.Count ? mask.Labels[c.Key] : "unseen")} {100.0 * c.Value / mask.Classes.Length:0} %"));
    }

    public override async ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown)
    {
        var actual = (MaskOutput)output;
        if (!run.Model.Manifest.Files.ContainsKey(example.Mask!))
        {
            return $"names the mask '{example.Mask}', which is not listed in files.";
        }

        if (GrayPng.TryDecode(await File.ReadAllBytesAsync(Path.Combine(run.Folder, example.Mask!))) is not { } expected
            || (expected.Width, expected.Height) != (actual.Width, actual.Height))
        {
            return $"names the mask '{example.Mask}', which is not a picture of {actual.Width} × {actual.Height} grey pixels.";
        }

        var different = actual.Classes.Zip(expected.Values).Count(p => p.First != p.Second);
        return different <= example.Tolerance * actual.Classes.Length
            ? null
            : $"is not reproduced for {shown}: {different} of {actual.Classes.Length} pixels have another label.";
    }
}
