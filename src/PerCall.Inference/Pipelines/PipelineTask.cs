using System.Text.Json.Nodes;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Pipelines;

/// <summary>A task whose models have an input section and an output kind: nothing more than which of them go together.</summary>
internal sealed class PipelineTask(ModelTask task, PriceUnit unit, IReadOnlyList<InputKind> inputs, IReadOnlyList<OutputKind> kinds)
    : TaskDefinition
{
    /// <inheritdoc/>
    public override ModelTask Task => task;

    /// <inheritdoc/>
    public override PriceUnit Unit => unit;

    internal override IReadOnlyList<ManifestSection> Inputs { get; } = [.. inputs.Select(i => i.Section)];

    internal override ManifestSection Output => OutputManifestValidator.Section;

    internal override IReadOnlyList<OutputKind> Kinds => kinds;

    /// <summary>Only for a task that is nothing but labels: a large model chooses a label.</summary>
    internal override LargeModelInputs? LargeInputs => kinds is [OutputKind.Labels] ? inputs[0].LargeInputs : null;

    /// <summary>Whether texts must be pairs (true) or must not (false); null if both are allowed.</summary>
    internal bool? Pairs { get; init; }

    internal override IEnumerable<PackageFault> Check(ModelManifest manifest)
    {
        if (manifest.Text is { } text && Pairs is { } pairs && pairs != text.Pair is not null)
        {
            yield return new("text.pair", pairs ? $"is missing; it is required for {Name}." : $"is not allowed for {Name}.");
        }
    }

    internal override IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) =>
        OutputForms.Of(manifest.Output!.Kind).CheckGraph(manifest, session, labels);

    internal override ValueTask<object?> PrepareAsync(ModelManifest manifest, string folder, IReadOnlyList<string> labels) => new(
        new Pipeline(KindOf(manifest).Plan(manifest, folder), OutputForms.Of(manifest.Output!.Kind).Plan(manifest, labels)));

    internal override void WarmUp(LoadedModel model, CancellationToken cancellation)
    {
        using var sample = model.Pipeline!.Input.Sample(1, seed: 0);
        ModelRunner.RunRows(model, model.Pipeline!, [sample], cancellation);
    }

    /// <summary>Runs the graph on the longest input that the manifest allows. A graph need not declare the shapes of its outputs.</summary>
    internal override PackageFault? Try(LoadedModel model, CancellationToken cancellation)
    {
        var pipeline = model.Pipeline!;
        using var longest = pipeline.Input.Sample(null, seed: 0);
        try
        {
            ModelRunner.RunRows(model, pipeline, [longest], cancellation);
            return BatchTrial.Check(model, cancellation);
        }
        catch (ModelFailedException e)
        {
            return e.InnerException is OutputShapeException shape
                ? shape.Fault
                : new(model.Manifest.Model, $"fails on {pipeline.Input.Longest}: {e.Message}");
        }
    }

    internal override async ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation)
    {
        var (manifest, form) = (run.Model.Manifest, OutputForms.Of(run.Model.Manifest.Output!.Kind));
        var kind = manifest.Backend == ModelBackend.OpenAi ? inputs[0] : KindOf(manifest);
        var (shown, input, problem) = await kind.ExampleAsync(run, example, cancellation);
        problem = input is null ? problem : form.Problem(example, run.Model.Labels) ?? problem;
        if (problem is not null)
        {
            return problem;
        }

        if (run.Model.IsLarge)
        {
            return GoldenAnswers.CompareLabel(shown, example.Predictions[0].Label, await kind.LabelAsync(run, input!, cancellation));
        }

        var answer = await ModelRunner.RunAsync(run.Model, [input!], form.Options(example), cancellation);
        return await form.CompareAsync(run, example, answer.Rows[0].Require(), shown);
    }

    internal override async ValueTask<string> RecordAsync(GoldenRun run, JsonObject example, CancellationToken cancellation)
    {
        var (manifest, form) = (run.Model.Manifest, OutputForms.Of(run.Model.Manifest.Output!.Kind));
        var (_, input, problem) = await KindOf(manifest).ExampleAsync(run, GoldenExample.Of(example), cancellation);
        var answer = await ModelRunner.RunAsync(
            run.Model, [input ?? throw new InvalidInputException("invalid_sample", $"The sample {problem}")], new(), cancellation);
        var recorded = form.Record(answer.Rows[0].Require(), example, run.Folder);
        GoldenExample.Mark(example);
        return recorded;
    }

    private InputKind KindOf(ModelManifest manifest) => inputs.First(i => i.Section.IsIn(manifest));
}

/// <summary>The task without a purpose of its own.</summary>
internal static class AnyTask
{
    /// <summary>Any input with any output kind.</summary>
    public static PipelineTask Prediction { get; } = new(
        ModelTask.Prediction,
        PriceUnit.Input,
        [Images.ImageTasks.Pictures, Text.TextTasks.Texts, Tables.TableTasks.Rows],
        Enum.GetValues<OutputKind>());
}
