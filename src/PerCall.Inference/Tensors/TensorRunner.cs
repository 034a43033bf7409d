using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Tensors;

/// <summary>Runs a model's graph on tensors that the caller has prepared, without the pipeline of its task.</summary>
public static class TensorRunner
{
    /// <summary>Selects outputs by name, and checks the inputs. Needs no turn.</summary>
    /// <param name="model">A model with a graph, held by a lease.</param>
    /// <param name="inputs">The tensors: all inputs of the graph, in any order.</param>
    /// <param name="outputs">The names of the outputs to compute; null or empty for all outputs that are tensors.</param>
    /// <returns>The selected outputs, in the given order.</returns>
    /// <exception cref="InvalidInputException">
    /// The model has no graph. An input is missing, unknown, repeated, or of another type or shape. An output is unknown, repeated, or not
    /// a tensor.
    /// </exception>
    public static IReadOnlyList<TensorInfo> Check(LoadedModel model, IReadOnlyList<RawTensor> inputs, IReadOnlyList<string>? outputs)
    {
        var graph = ModelTensors.Of(model);
        InputCheck.Check(graph, inputs);
        if (outputs is not { Count: > 0 })
        {
            return graph.Outputs.Count > 0 ? graph.Outputs : throw new InvalidInputException(
                "no_tensor_outputs", $"The model {model.Manifest} has no output that is a tensor.", "outputs");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. outputs.Select(name => !seen.Add(name)
                ? throw TensorFaults.RepeatedOutput(name)
                : graph.Outputs.FirstOrDefault(o => o.Name == name) ?? throw graph.Refuse(model, name)),
        ];
    }

    /// <summary>Waits for the model's turn, and runs the graph.</summary>
    /// <param name="model">The model of <see cref="Check"/>.</param>
    /// <param name="inputs">The checked tensors. Their memory is used in place.</param>
    /// <param name="outputs">The outputs that <see cref="Check"/> has selected.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    /// <exception cref="ModelFailedException">The graph failed on the inputs, or exceeded the model's time limit.</exception>
    public static async ValueTask<RawRun> RunAsync(
        LoadedModel model, IReadOnlyList<RawTensor> inputs, IReadOnlyList<TensorInfo> outputs, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        return Run(model, inputs, outputs, Stopwatch.GetElapsedTime(started), cancellation);
    }

    /// <summary>Synchronous variant without the queue, for measuring the overhead of serving.</summary>
    internal static RawRun Run(
        LoadedModel model, IReadOnlyList<RawTensor> inputs, IReadOnlyList<TensorInfo> outputs, TimeSpan queued,
        CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var native = new NativeTensors();
        IDisposableReadOnlyCollection<OrtValue>? values = null;
        try
        {
            foreach (var input in inputs)
            {
                native.Add(input);
            }

            values = model.Session.Run(
                [.. inputs.Select(i => i.Name)], native.Values, [.. outputs.Select(o => o.Name)], cancellation);
            return new(model.Manifest, native, outputs, values, queued, Stopwatch.GetElapsedTime(started));
        }
        catch (Exception e)
        {
            values?.Dispose();
            native.Dispose();
            if (e is OnnxRuntimeException refused)
            {
                // A tensor that the runtime refuses before the graph runs.
                throw new ModelFailedException(model.Manifest.ToString(), OrtRuntime.Reason(refused), refused);
            }

            throw;
        }
    }
}
