using System.Text.Json.Nodes;
using System.Globalization;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>The kind <c>boxes</c>: labelled rectangles of a picture.</summary>
internal sealed class BoxesForm : OutputForm
{
    private const int MaxBoxes = 1000;

    public override OutputKind Kind => OutputKind.Boxes;

    public override IReadOnlyList<string> Members => ["activation", "labels", "boxes"];

    public override IReadOnlyList<string> Required => ["labels", "boxes"];

    public override ManifestSection Section => ImageManifestValidator.Section;

    public override IEnumerable<PackageFault> Check(ModelManifest manifest, OutputRules output)
    {
        if (output.Boxes is not { } boxes)
        {
            yield break;
        }

        var ssd = boxes.Form == BoxForm.Ssd;
        if (ssd != (boxes.Scores is not null))
        {
            yield return new("output.boxes.scores", ssd ? "is missing; it is required for ssd." : "is allowed only for ssd.");
        }

        foreach (var (name, tensor) in new[] { ("scores", boxes.Scores), ("classes", boxes.Classes), ("count", boxes.Count) })
        {
            if (tensor is not null && !ssd && name != "scores")
            {
                yield return new($"output.boxes.{name}", "is allowed only for ssd.");
            }
            else if (tensor is not null && manifest.Outputs.All(o => o.Name != tensor))
            {
                yield return new($"output.boxes.{name}", $"names '{tensor}', which is not described in outputs.");
            }
        }

        if (output.Activation == Activation.Softmax && (!ssd || boxes.Classes is not null))
        {
            yield return new("output.activation", "is softmax; allowed for boxes: none, sigmoid; softmax only for ssd without classes.");
        }

        if (boxes.FirstClass is < 0 or > 1 || (!ssd && boxes.FirstClass != 0))
        {
            yield return new("output.boxes.first_class", $"is {boxes.FirstClass}; allowed: 0, or 1 for ssd with a background class.");
        }

        foreach (var (name, value) in new[] { ("score", boxes.Score), ("iou", boxes.Iou) })
        {
            if (value is not (> 0 and <= 1))
            {
                yield return new(
                    $"output.boxes.{name}", string.Create(CultureInfo.InvariantCulture, $"is {value}; allowed: above 0, at most 1."));
            }
        }

        if (boxes.Max is < 1 or > MaxBoxes)
        {
            yield return new("output.boxes.max", $"is {boxes.Max}; allowed: 1 to {MaxBoxes}.");
        }
    }

    public override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels)
    {
        var (output, boxes) = (manifest.Output!, manifest.Output!.Boxes!);
        if (labels is not { } count || !session.OutputMetadata.TryGetValue(output.Tensor, out var node) || !node.IsTensor)
        {
            yield break;
        }

        var shape = node.Dimensions;
        if (shape.Length == 0)
        {
            // Not declared: the run on the sample shows the shape.
            yield break;
        }

        var width = boxes.Form == BoxForm.Ssd ? 4 : 4 + count + (boxes.Form == BoxForm.YoloObjectness ? 1 : 0);
        var fits = shape.Length == 3 && (Is(shape[2], width) || (boxes.Form != BoxForm.Ssd && Is(shape[1], width)));
        if (!fits)
        {
            yield return new(
                "output.tensor",
                $"names '{output.Tensor}', which has the shape [{string.Join(", ", shape)}] in the graph; expected "
                    + (boxes.Form == BoxForm.Ssd
                        ? "[batch, boxes, 4]."
                        : $"[batch, {width}, boxes] or [batch, boxes, {width}] for {count} labels."));
        }

        static bool Is(int dimension, int wanted) => dimension < 0 || dimension == wanted;
    }

    public override OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels) => new BoxesPlan(manifest, labels);

    public override string? Problem(GoldenExample example, IReadOnlyList<string> labels) =>
        example.Boxes is null ? "has no boxes; give an empty list for a picture without any." : null;

    public override string Record(ModelOutput output, JsonObject example, string folder)
    {
        var boxes = ((BoxesOutput)output).Boxes;
        example["boxes"] = new JsonArray([.. boxes.Select(b => (JsonNode)new JsonObject
        {
            ["label"] = b.Label,
            ["score"] = b.Score,
            ["x"] = b.X,
            ["y"] = b.Y,
            ["width"] = b.Width,
            ["height"] = b.Height,
        })]);
        return Show(boxes);
    }

    public override ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown)
    {
        var actual = ((BoxesOutput)output).Boxes;
        var same = actual.Count == example.Boxes!.Count && actual.Zip(example.Boxes).All(p => p.First.Label == p.Second.Label
            && Math.Abs(p.First.Score - p.Second.Score) <= example.Tolerance
            && Near(p.First.X, p.Second.X) && Near(p.First.Y, p.Second.Y)
            && Near(p.First.Width, p.Second.Width) && Near(p.First.Height, p.Second.Height));
        return new(same
            ? null
            : $"is not reproduced for {shown}: expected {Show(example.Boxes.Select(b => new Box(b.Label, b.Score, b.X, b.Y, b.Width, b.Height)))}, "
                + $"got {Show(actual)}.");

        bool Near(float one, float other) => Math.Abs(one - other) <= example.Pixels;
    }

    private static string Show(IEnumerable<Box> boxes) => string.Join(
        "; ",
        boxes.Select(b => string.Create(
            CultureInfo.InvariantCulture, $"{b.Label} {b.Score:0.####} at {b.X:0.#}, {b.Y:0.#}, {b.Width:0.#} × {b.Height:0.#}")))
        is { Length: > 0 } shown ? shown : "nothing";
}
