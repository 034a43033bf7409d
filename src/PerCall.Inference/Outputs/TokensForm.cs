using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>The kind <c>tokens</c>: labelled parts of a text, for example names.</summary>
internal sealed class TokensForm : OutputForm
{
    public override OutputKind Kind => OutputKind.Tokens;

    public override IReadOnlyList<string> Members => ["activation", "labels"];

    public override IReadOnlyList<string> Required => ["activation", "labels"];

    public override ManifestSection Section => TextManifestValidator.Section;

    public override IEnumerable<PackageFault> Check(ModelManifest manifest, OutputRules output)
    {
        if (manifest.Text is { } text && (text.Inputs.Ids is null || text.Pair is not null || text.Truncate != Truncation.Head))
        {
            yield return new(
                "output.kind", "is tokens, which requires token ids, single texts (no text.pair) and text.truncate head.");
        }

        if (manifest.Text?.Tokenizer.Kind == TokenizerKind.SentencePiece)
        {
            yield return new(
                "text.tokenizer.kind",
                "is sentencepiece, whose normalisation loses the places of tokens; allowed for output.kind tokens: "
                    + "words, wordpiece, bpe, tiktoken, bytes.");
        }
    }

    public override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels)
    {
        if (session.OutputMetadata.TryGetValue(manifest.Output!.Tensor, out var node) && node.IsTensor
            && (node.Dimensions.Length is not (0 or 3)
                || (node.Dimensions is [_, _, > 0 and var values] && labels is { } count && values != count)))
        {
            yield return new(
                "output.tensor",
                $"names '{manifest.Output.Tensor}', which has the shape [{string.Join(", ", node.Dimensions)}] in the graph; expected "
                    + $"[batch, tokens, {labels?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "labels"}].");
        }
    }

    public override OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels) => new TokensPlan(manifest, labels);

    public override string? Problem(GoldenExample example, IReadOnlyList<string> labels) =>
        example.Entities is null ? "has no entities; give an empty list for a text without any." : null;

    public override string Record(ModelOutput output, JsonObject example, string folder)
    {
        var entities = ((TokensOutput)output).Entities;
        example["entities"] = new JsonArray([.. entities.Select(
            e => (JsonNode)new JsonObject { ["label"] = e.Label, ["start"] = e.Start, ["end"] = e.End, ["score"] = e.Score })]);
        return Show(entities.Select(e => (e.Label, e.Start, e.End)));
    }

    public override ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown)
    {
        var actual = ((TokensOutput)output).Entities;
        var same = actual.Count == example.Entities!.Count && actual.Zip(example.Entities).All(p =>
            (p.First.Label, p.First.Start, p.First.End) == (p.Second.Label, p.Second.Start, p.Second.End)
            && (p.Second.Score is not { } score || Math.Abs(p.First.Score - score) <= example.Tolerance));
        return new(same
            ? null
            : $"is not reproduced for {shown}: expected {Show(example.Entities.Select(e => (e.Label, e.Start, e.End)))}, "
                + $"got {Show(actual.Select(e => (e.Label, e.Start, e.End)))}.");
    }

    private static string Show(IEnumerable<(string Label, int Start, int End)> entities) =>
        string.Join(", ", entities.Select(e => $"{e.Label} {e.Start}–{e.End}")) is { Length: > 0 } shown ? shown : "nothing";
}
