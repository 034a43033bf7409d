using System.Text.Json.Nodes;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Tasks;

/// <summary>
/// Everything about a task that packages, loading and verification need: one class for each <see cref="ModelTask"/>, listed in
/// <see cref="ModelTasks"/>. A definition has no state and serves all models of its task.
/// </summary>
public abstract class TaskDefinition
{
    private protected TaskDefinition()
    {
    }

    /// <summary>The task.</summary>
    public abstract ModelTask Task { get; }

    /// <summary>The unit in which single calls are counted.</summary>
    public abstract PriceUnit Unit { get; }

    /// <summary>The name in <c>model.json</c>, for example <c>image-classification</c>.</summary>
    public string Name => ManifestNames.Of(Task);

    /// <summary>The sections that describe the inputs; a manifest has one of them.</summary>
    internal abstract IReadOnlyList<ManifestSection> Inputs { get; }

    /// <summary>The section that describes the outputs; null when the task fixes them.</summary>
    internal virtual ManifestSection? Output => null;

    /// <summary>The output kinds that the task's models may have.</summary>
    internal virtual IReadOnlyList<OutputKind> Kinds => [];

    /// <summary>How inputs are sent to a large model; null: a large model cannot do the task.</summary>
    internal virtual LargeModelInputs? LargeInputs => null;

    /// <summary>Whether manifests of the task have the section.</summary>
    internal bool Has(ManifestSection section) => Inputs.Contains(section) || section == Output;

    /// <summary>Returns the errors of a manifest, beyond those of its sections.</summary>
    internal virtual IEnumerable<PackageFault> Check(ModelManifest manifest) => [];

    /// <summary>Compares the graph with what the task expects of it, beyond the tensors that the manifest describes.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="session">The graph.</param>
    /// <param name="labels">The number of labels; null when it is not known.</param>
    internal virtual IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) => [];

    /// <summary>
    /// Reads what the pipeline needs besides the graph. The result is <see cref="LoadedModel.Prepared"/>, and is disposed with the model.
    /// </summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="folder">The unpacked package.</param>
    /// <param name="labels">The labels of the output; empty if it has none.</param>
    /// <exception cref="ModelCorruptException">A file is missing, damaged, or contradicts the manifest.</exception>
    internal abstract ValueTask<object?> PrepareAsync(ModelManifest manifest, string folder, IReadOnlyList<string> labels);

    /// <summary>Runs the graph once, so that the first caller does not wait for one-time work.</summary>
    internal abstract void WarmUp(LoadedModel model, CancellationToken cancellation);

    /// <summary>Runs the graph once on the longest input that the manifest allows.</summary>
    /// <returns>The error in the outputs; null when there is none, or when the task does not check it.</returns>
    internal virtual PackageFault? Try(LoadedModel model, CancellationToken cancellation) => null;

    /// <summary>Runs one golden example.</summary>
    /// <returns>The difference; null when the example is reproduced.</returns>
    internal abstract ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation);

    /// <summary>Runs an example without an answer, and writes the answer into it.</summary>
    /// <param name="run">The model.</param>
    /// <param name="example">The example, with its input.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <returns>The answer as text.</returns>
    /// <exception cref="NotSupportedException">Packages of the task are not derived.</exception>
    internal virtual ValueTask<string> RecordAsync(GoldenRun run, JsonObject example, CancellationToken cancellation) =>
        throw new NotSupportedException($"Examples of {Name} are not recorded.");
}
