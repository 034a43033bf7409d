using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Sessions;

/// <summary>One ONNX graph in memory. Several calls may run it concurrently.</summary>
internal sealed class ModelSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunWatch _watch;
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly string _model;

    /// <param name="path">The ONNX file.</param>
    /// <param name="manifest">The package's manifest.</param>
    /// <param name="threads">Number of threads per run.</param>
    /// <param name="runMemory">
    /// Maximum bytes of all runs of all sessions; the first session of the process sets it. Null for the default.
    /// </param>
    /// <exception cref="OnnxRuntimeException">The runtime cannot run the file.</exception>
    public ModelSession(string path, ModelManifest manifest, int threads, long? runMemory = null)
    {
        OrtRuntime.EnsureCreated(threads, runMemory ?? new ModelRegistryOptions().RunMemoryBytes);
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            // Errors come as exceptions. The runtime would also write them to standard error.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.DisablePerSessionThreads();
        OrtRuntime.ShareMemory(options);
        try
        {
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e) when (PortableLocale.IsMissing(e))
        {
            _session = new InferenceSession(PortableLocale.Rewrite(path), options);
        }

        _model = manifest.ToString();
        _watch = new(TimeSpan.FromSeconds(manifest.Limits.RunSeconds), TimeProvider.System);
        _inputs = [.. manifest.Inputs.Select(i => i.Name)];
        _outputs = manifest.Output is { } output ? [.. output.Tensors] : [.. manifest.Outputs.Select(o => o.Name)];
    }

    /// <summary>The names of the graph's inputs, in its order.</summary>
    public IReadOnlyList<string> InputNames => _session.InputNames;

    /// <summary>The names of the graph's outputs, in its order.</summary>
    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    public IReadOnlyDictionary<string, NodeMetadata> InputMetadata => _session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> OutputMetadata => _session.OutputMetadata;

    /// <summary>
    /// Runs the graph. Inputs and outputs are in the manifest's order; for a model with an output kind, the outputs are those that
    /// the kind reads.
    /// </summary>
    /// <exception cref="ModelFailedException">The graph failed on its inputs, or exceeded its time limit.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the run stopped at its next operator.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyCollection<OrtValue> inputs, CancellationToken cancellation) =>
        Run(_inputs, inputs, _outputs, cancellation);

    /// <summary>Runs the graph on named inputs, and returns the named outputs in the given order.</summary>
    /// <param name="names">The names of the inputs, in the order of <paramref name="inputs"/>.</param>
    /// <param name="inputs">The inputs: all that the graph requires.</param>
    /// <param name="outputs">The names of the outputs to compute; at least one.</param>
    /// <param name="cancellation">Stops the run at its next operator.</param>
    /// <inheritdoc cref="Run(IReadOnlyCollection{OrtValue}, CancellationToken)" path="/exception"/>
    public IDisposableReadOnlyCollection<OrtValue> Run(
        IReadOnlyCollection<string> names, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<string> outputs,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using var registration = cancellation.UnsafeRegister(static o => ((RunOptions)o!).Terminate = true, options);
        using var watched = _watch.Begin(options);
        try
        {
            return _session.Run(options, names, inputs, outputs);
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OnnxRuntimeException e) when (watched.IsOver)
        {
            throw new ModelFailedException(_model, $"the run exceeded its limit of {_watch.Limit.TotalSeconds:0.#} s and was stopped.", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFailedException(_model, OrtRuntime.Reason(e), e);
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        _session.Dispose();
    }
}
