using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Pipelines;

/// <summary>Converts inputs to a model's tensors; prepared once per model. Thread-safe.</summary>
internal abstract class InputPlan
{
    /// <summary>The graph's fixed number of inputs per run; null if it is free.</summary>
    public int? Batch { get; protected init; }

    /// <summary>Maximum number of inputs in one run, if the graph leaves it free.</summary>
    public virtual int MaxRows => MicroBatches.MaxRows;

    /// <summary>Maximum number of a call's inputs that are in memory in the model's form at once.</summary>
    public virtual int AtOnce => int.MaxValue;

    /// <summary>Whether inputs of different lengths need padding to run together.</summary>
    public virtual bool Pads => false;

    /// <summary>The longest input that the manifest allows, as the end of a sentence.</summary>
    public abstract string Longest { get; }

    /// <summary>Converts one input.</summary>
    /// <exception cref="InvalidInputException">The input does not have the model's form.</exception>
    public abstract EncodedInput Encode(ModelInput input);

    /// <summary>Creates the tensors of one run, in the manifest's order. A batch of fixed size is filled up.</summary>
    /// <param name="rows">The inputs, at least one and at most <see cref="Batch"/>.</param>
    public abstract OrtValue[] Tensors(IReadOnlyList<EncodedInput> rows);

    /// <summary>Generates an input, for runs before the first call.</summary>
    /// <param name="length">The wanted length in places; null for <see cref="Longest"/>.</param>
    /// <param name="seed">Inputs of different seeds differ, if the kind of input permits.</param>
    public abstract EncodedInput Sample(int? length, int seed);
}
