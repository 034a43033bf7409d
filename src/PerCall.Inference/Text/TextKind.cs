using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Text;

/// <summary>Texts and pairs of texts as inputs of a task.</summary>
internal sealed class TextKind : InputKind
{
    private const int ShownText = 40;

    public override ManifestSection Section => TextManifestValidator.Section;

    public override LargeModelInputs LargeInputs { get; } = new LargeTextInputs();

    public override InputPlan Plan(ModelManifest manifest, string folder) => new TextPlan(manifest, folder);

    public override ValueTask<GoldenInput> ExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation)
    {
        if (example.Text is not { } text)
        {
            return new(new GoldenInput("", null, "has no text."));
        }

        var shown = $"the text '{Short(text)}'{(example.Pair is { } pair ? $" with '{Short(pair)}'" : "")}";
        return new(new GoldenInput(
            shown, new Passage(text, example.Pair), example.Ids is { } ids ? Tokens(run.Model, example, ids, shown) : null));
    }

    public override async ValueTask<string> LabelAsync(GoldenRun run, ModelInput input, CancellationToken cancellation) =>
        (await TextClassifier.ClassifyAsync(run.Model, [((Passage)input).Text], 1, new(), cancellation)).Texts[0].Predictions[0].Label;

    private static string Short(string text) => text.Length <= ShownText ? text : text[..ShownText] + "…";

    private static string? Tokens(Registry.LoadedModel model, GoldenExample example, IReadOnlyList<int> expected, string shown)
    {
        if (model.IsLarge)
        {
            return "has ids, but a large model has its own tokenizer.";
        }

        var encoded = (EncodedText)model.Text!.Encode(new Passage(example.Text!, example.Pair));
        if (encoded.Text is not null)
        {
            return "has ids, but the graph takes strings.";
        }

        var actual = encoded.Ids;
        var at = Enumerable.Range(0, Math.Max(expected.Count, actual.Length)).FirstOrDefault(
            i => i >= expected.Count || i >= actual.Length || expected[i] != actual[i], -1);
        return at < 0
            ? null
            : $"has different tokens: id {at} of {shown} is {(at < actual.Length ? actual[at] : "missing")}, "
                + $"expected {(at < expected.Count ? expected[at] : "none")} ({actual.Length} ids, expected {expected.Count}).";
    }
}
