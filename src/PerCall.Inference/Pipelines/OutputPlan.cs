using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Pipelines;

/// <summary>Reads answers from a model's output tensors; prepared once per model. Thread-safe.</summary>
internal abstract class OutputPlan
{
    /// <summary>Copies what the answers need of a run's outputs.</summary>
    /// <param name="outputs">The outputs, in the order of <see cref="OutputRules.Tensors"/>.</param>
    /// <param name="rows">The inputs of the run.</param>
    /// <returns>One part for each input.</returns>
    /// <exception cref="OutputShapeException">The outputs do not have the shape or type of the kind.</exception>
    public abstract object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows);

    /// <summary>Returns the answer to one input.</summary>
    /// <param name="taken">The input's part of <see cref="Take"/>. It belongs to this call, which may change it.</param>
    /// <param name="input">The input.</param>
    /// <param name="options">What the call asks.</param>
    /// <exception cref="InferenceException">The values are not finite, or the call asks for what the model does not have.</exception>
    public abstract ModelOutput Read(object taken, EncodedInput input, CallOptions options);

    /// <summary>Returns whether two runs gave the same values for an input, except for rounding.</summary>
    public abstract bool AreSame(object one, object other);
}

/// <summary>The outputs of a graph do not fit the kind that the manifest declares.</summary>
internal sealed class OutputShapeException(string where, string problem) : Exception($"{where}: {problem}")
{
    public PackageFault Fault { get; } = new(where, problem);
}
