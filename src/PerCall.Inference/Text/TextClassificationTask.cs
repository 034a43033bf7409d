using PerCall.Inference.Classification;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Text;

/// <summary>The task of text classification, from texts to labels.</summary>
public sealed class TextClassificationTask : TaskDefinition
{
    /// <summary>Repeated up to the maximum length: one word per token.</summary>
    private const string Word = "a ";

    /// <inheritdoc/>
    public override ModelTask Task => ModelTask.TextClassification;

    /// <inheritdoc/>
    public override PriceUnit Unit => PriceUnit.ThousandCharacters;

    internal override ManifestSection Input => TextManifestValidator.Section;

    internal override ManifestSection Output => OutputManifestValidator.Section;

    internal override LargeModelInputs LargeInputs { get; } = new LargeTextInputs();

    internal override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) =>
        ScoresTensor.Check(manifest, session, labels, inRows: true);

    internal override ValueTask<object?> PrepareAsync(ModelManifest manifest, string folder) =>
        new(manifest.Text is null ? null : new TextPlan(manifest, folder));

    internal override void WarmUp(LoadedModel model, CancellationToken cancellation) => TextClassifier.WarmUp(model, cancellation);

    internal override PackageFault? Try(LoadedModel model, CancellationToken cancellation)
    {
        var text = model.Text!;
        var longest = text.Encode(string.Concat(Enumerable.Repeat(Word, text.Rules.MaxLength)));
        return TrialRun.Check(
            model,
            TextTensors.Of(model.Manifest, text, [longest]),
            text.Batch ?? 1,
            $"a text of {text.Rules.MaxLength} {(text.Rules.Inputs.Text is null ? "tokens" : "characters")}, "
                + "the longest that text.max_length allows",
            cancellation);
    }

    internal override async ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation) =>
        await GoldenTexts.RunAsync(run.Model, example, cancellation);
}

/// <summary>The text part of a loaded model.</summary>
internal static class TextModels
{
    extension(LoadedModel model)
    {
        /// <summary>The conversion of texts to the model's tensors; null when the model does not take texts.</summary>
        public TextPlan? Text => model.Prepared as TextPlan;
    }
}
