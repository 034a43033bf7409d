using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Pipelines;

/// <summary>Everything about a kind of input that packages and loading need.</summary>
internal abstract class InputKind
{
    /// <summary>The section of the manifest that describes the inputs.</summary>
    public abstract ManifestSection Section { get; }

    /// <summary>How inputs are sent to a large model; null: they cannot be.</summary>
    public virtual LargeModelInputs? LargeInputs => null;

    /// <summary>Prepares the conversion to tensors.</summary>
    /// <exception cref="ModelCorruptException">A file is missing, damaged, or contradicts the manifest.</exception>
    public abstract InputPlan Plan(ModelManifest manifest, string folder);

    /// <summary>Reads the input of a golden example.</summary>
    public abstract ValueTask<GoldenInput> ExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation);

    /// <summary>Returns the label that a large model gives to the input of an example.</summary>
    public virtual ValueTask<string> LabelAsync(GoldenRun run, ModelInput input, CancellationToken cancellation) =>
        throw new NotSupportedException();
}

/// <summary>The input of a golden example.</summary>
/// <param name="Shown">The input in messages.</param>
/// <param name="Input">The input; null if there is a problem.</param>
/// <param name="Problem">Why the example cannot be run; null if it can.</param>
internal readonly record struct GoldenInput(string Shown, ModelInput? Input, string? Problem);
