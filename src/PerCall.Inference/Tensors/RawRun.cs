using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>The outputs of a run on raw tensors, and the time of each phase. Dispose of it when the outputs are read.</summary>
public sealed class RawRun : IDisposable
{
    // A graph can return an input as it is, so the inputs are kept as long as the outputs.
    private readonly NativeTensors _inputs;
    private readonly IDisposableReadOnlyCollection<OrtValue> _values;

    internal RawRun(
        ModelManifest manifest, NativeTensors inputs, IReadOnlyList<TensorInfo> outputs, IDisposableReadOnlyCollection<OrtValue> values,
        TimeSpan queued, TimeSpan inferred)
    {
        (_inputs, _values, Queued, Inferred) = (inputs, values, queued, inferred);
        Outputs = [.. outputs.Zip(values, (output, value) => value.IsTensor
            ? new RawOutput(output.Name, output.Type, value)
            : throw new ModelFailedException(manifest.ToString(), $"its output '{output.Name}' is not a tensor."))];
    }

    /// <summary>The outputs, in the order in which they were asked for.</summary>
    public IReadOnlyList<RawOutput> Outputs { get; }

    /// <summary>Time spent waiting for the model.</summary>
    public TimeSpan Queued { get; }

    /// <summary>Time spent running the graph.</summary>
    public TimeSpan Inferred { get; }

    /// <summary>Frees the outputs.</summary>
    public void Dispose()
    {
        _values.Dispose();
        _inputs.Dispose();
    }
}
