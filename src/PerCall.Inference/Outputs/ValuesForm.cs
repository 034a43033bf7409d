using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>The kind <c>values</c>: numbers, for example a regression, a forecast or an embedding.</summary>
internal sealed class ValuesForm : OutputForm
{
    /// <summary>Maximum number of values of an answer.</summary>
    public const int MaxValues = 65_536;

    public override OutputKind Kind => OutputKind.Values;

    public override IReadOnlyList<string> Members => ["activation", "pooling", "normalize", "dimensions", "names"];

    public override IEnumerable<PackageFault> Check(ModelManifest manifest, OutputRules output)
    {
        if (output.Pooling is Pooling.Cls or Pooling.Mean && manifest.Text?.Inputs.Ids is null)
        {
            yield return new("output.pooling", "is only for models that read tokens; allowed here: none.");
        }

        if (output.Dimensions is { } dimensions && (dimensions.Count == 0 || dimensions.Any(d => d is < 1 or > MaxValues)))
        {
            yield return new("output.dimensions", $"must have at least one length; allowed: 1 to {MaxValues}.");
        }

        if (output.Names is { } names && (names.Count == 0
            || names.Any(string.IsNullOrWhiteSpace)
            || names.Distinct(StringComparer.Ordinal).Count() != names.Count))
        {
            yield return new("output.names", "must have one different name for each value.");
        }
    }

    public override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels)
    {
        if (!session.OutputMetadata.TryGetValue(manifest.Output!.Tensor, out var node) || !node.IsTensor)
        {
            yield break;
        }

        var shape = $"[{string.Join(", ", node.Dimensions)}]";
        var pooled = manifest.Output.Pooling is Pooling.Cls or Pooling.Mean;
        if (pooled && node.Dimensions.Length is not (0 or 3))
        {
            yield return new(
                "output.tensor", $"names '{manifest.Output.Tensor}', which has the shape {shape} in the graph; expected [batch, tokens, values].");
        }
        else if (!pooled && manifest.Output.Names is { } names
            && node.Dimensions.Skip(1).Aggregate(1, (product, d) => product * d) is > 0 and var values && values != names.Count)
        {
            yield return new(
                "output.names", $"has {names.Count} names, but '{manifest.Output.Tensor}' has the shape {shape}, {values} values per input.");
        }
    }

    public override OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels) => new ValuesPlan(manifest);

    public override string? Problem(GoldenExample example, IReadOnlyList<string> labels) =>
        example.Values.Count == 0 ? "has no values." : null;

    public override string Record(ModelOutput output, JsonObject example, string folder)
    {
        const int Shown = 5;
        var values = ((ValuesOutput)output).Values;
        example["values"] = new JsonArray([.. values.ToArray().Select(v => (JsonNode)v)]);
        return string.Join(
            ", ", values.ToArray().Take(Shown).Select(v => v.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture)))
            + (values.Length > Shown ? $", … ({values.Length} values)" : "");
    }

    public override ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown)
    {
        var actual = ((ValuesOutput)output).Values;
        if (actual.Length != example.Values.Count)
        {
            return new($"is not reproduced for {shown}: expected {example.Values.Count} values, got {actual.Length}.");
        }

        // Written so that NaN never passes.
        var at = Enumerable.Range(0, actual.Length).FirstOrDefault(
            i => !(Math.Abs(actual[i] - example.Values[i]) <= example.Tolerance), -1);
        return new(at < 0
            ? null
            : string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"is not reproduced for {shown}: value {at} is {actual[at]:0.######}, expected {example.Values[at]:0.######}."));
    }
}
