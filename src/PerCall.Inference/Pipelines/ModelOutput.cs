namespace PerCall.Inference.Pipelines;

/// <summary>A model's answer to one input. Each output kind has its own.</summary>
public abstract record ModelOutput;

/// <summary>The outcome of one input of a run.</summary>
/// <param name="Output">The answer; null if there is a fault.</param>
/// <param name="Fault">Why the model has no answer for this input; null if it has one.</param>
/// <param name="Tokens">Number of tokens that the model read; 0 if it reads none.</param>
/// <param name="Truncated">Whether the input was cut, so that the model read only a part of it.</param>
public readonly record struct RowResult(ModelOutput? Output, InferenceException? Fault, int Tokens, bool Truncated)
{
    /// <summary>Returns the answer.</summary>
    /// <exception cref="InferenceException">The model has no answer for the input.</exception>
    public ModelOutput Require() => Output ?? throw Fault!;
}

/// <summary>The outcomes of a call's inputs, and the time of each stage.</summary>
/// <param name="Rows">The outcomes, in the order of the inputs.</param>
/// <param name="Queued">Time spent waiting for the model.</param>
/// <param name="Prepared">Time spent converting the inputs.</param>
/// <param name="Inferred">Time spent running the graph and reading its outputs.</param>
public sealed record ModelRun(IReadOnlyList<RowResult> Rows, TimeSpan Queued, TimeSpan Prepared, TimeSpan Inferred);
