using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Publishing;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>The kind <c>labels</c>: labels with scores.</summary>
internal sealed class LabelsForm : OutputForm
{
    public override OutputKind Kind => OutputKind.Labels;

    public override IReadOnlyList<string> Members => ["activation", "labels", "thresholds"];

    public override IReadOnlyList<string> Required => ["activation", "labels"];

    public override IEnumerable<PackageFault> Check(ModelManifest manifest, OutputRules output)
    {
        if (manifest.Outputs.FirstOrDefault(o => o.Name == output.Tensor) is { } tensor
            && tensor.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.Float64 or TensorType.UInt8 or TensorType.String))
        {
            yield return new(
                "output.tensor", $"names '{output.Tensor}', whose type cannot contain scores; allowed: float32, float16, float64, uint8.");
        }

        if (output.Thresholds is not { } thresholds)
        {
            yield break;
        }

        if (output.Activation == Activation.Softmax)
        {
            yield return new(
                "output.thresholds",
                "is not allowed with softmax; "
                    + "thresholds are for models that decide on each label independently (sigmoid, or none if the graph applies it).");
        }

        if (thresholds.Count == 0 || thresholds.Any(t => !float.IsFinite(t)))
        {
            yield return new("output.thresholds", "must have one finite value, or one per label.");
        }
    }

    public override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) =>
        ScoresTensor.Check(manifest, session, labels, inRows: manifest.Image is null);

    public override OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels) => new LabelsPlan(manifest, labels);

    public override string? Problem(GoldenExample example, IReadOnlyList<string> labels) =>
        example.Predictions.Count == 0 || example.Predictions.Count > labels.Count
            ? $"expects {example.Predictions.Count} predictions; allowed: 1 to {labels.Count}."
            : null;

    public override CallOptions Options(GoldenExample example) => new() { TopK = example.Predictions.Count };

    public override string Record(ModelOutput output, JsonObject example, string folder)
    {
        var predictions = ((LabelsOutput)output).Predictions;
        example["predictions"] = new JsonArray(
            [.. predictions.Select(p => (JsonNode)new JsonObject { ["label"] = p.Label, ["score"] = p.Score })]);
        return GoldenAnswers.Show(predictions.Select(p => (p.Label, p.Score)));
    }

    public override ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown) =>
        new(GoldenAnswers.Compare(
            shown,
            example.Tolerance,
            [.. example.Predictions.Select(p => (p.Label, p.Score))],
            [.. ((LabelsOutput)output).Predictions.Select(p => (p.Label, p.Score))]));
}
