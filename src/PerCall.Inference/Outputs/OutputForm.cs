using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Outputs;

/// <summary>Everything about an output kind that packages and loading need: one class for each <see cref="OutputKind"/>.</summary>
internal abstract class OutputForm
{
    /// <summary>The kind.</summary>
    public abstract OutputKind Kind { get; }

    /// <summary>Members of the manifest's section that the kind has, besides <c>kind</c> and <c>tensor</c>.</summary>
    public abstract IReadOnlyList<string> Members { get; }

    /// <summary>Members that it must have.</summary>
    public virtual IReadOnlyList<string> Required => [];

    /// <summary>The only input section whose answers can have the kind; null: all.</summary>
    public virtual ManifestSection? Section => null;

    /// <summary>Returns the errors of a manifest of the kind, beyond its members.</summary>
    public virtual IEnumerable<PackageFault> Check(ModelManifest manifest, OutputRules output) => [];

    /// <summary>Compares the graph with the kind, as far as the graph declares its shapes.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="session">The graph.</param>
    /// <param name="labels">The number of labels; null when it is not known.</param>
    public virtual IEnumerable<PackageFault> CheckGraph(ModelManifest manifest, ModelSession session, int? labels) => [];

    /// <summary>Prepares the reading of answers.</summary>
    /// <exception cref="ModelCorruptException">The labels contradict the manifest.</exception>
    public abstract OutputPlan Plan(ModelManifest manifest, IReadOnlyList<string> labels);

    /// <summary>Returns why an example cannot be compared; null if it can.</summary>
    public abstract string? Problem(GoldenExample example, IReadOnlyList<string> labels);

    /// <summary>What a golden example asks of the answer.</summary>
    public virtual CallOptions Options(GoldenExample example) => new();

    /// <summary>Compares an answer with an example.</summary>
    /// <returns>The difference as a sentence; null when the example is reproduced.</returns>
    public abstract ValueTask<string?> CompareAsync(GoldenRun run, GoldenExample example, ModelOutput output, string shown);

    /// <summary>Writes an answer into an example.</summary>
    /// <param name="output">The answer.</param>
    /// <param name="example">The example, with its input.</param>
    /// <param name="folder">The package, for answers that are files.</param>
    /// <returns>The answer as text.</returns>
    public abstract string Record(ModelOutput output, JsonObject example, string folder);
}
