using PerCall.Inference.Packages;

namespace PerCall.Inference.LargeModels;

/// <summary>How the inputs of a task are sent to a large model.</summary>
internal abstract class LargeModelInputs
{
    /// <summary>Maximum number of examples in a package.</summary>
    public abstract int MaxExamples { get; }

    /// <summary>Whether the input of an example is the path of a file in the package.</summary>
    public virtual bool AreFiles => false;

    /// <summary>Returns what is wrong with the input of an example; null: nothing.</summary>
    public abstract string? Check(ModelManifest manifest, string input);

    /// <summary>Reads the input of an example.</summary>
    /// <exception cref="InvalidInputException">The file is not a valid input.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    public abstract Task<LabelInput> ReadAsync(LargeModelRules rules, string folder, string input, CancellationToken cancellation);
}
