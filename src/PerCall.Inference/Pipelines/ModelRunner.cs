using System.Diagnostics;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Pipelines;

/// <summary>
/// Runs models with a pipeline: converts inputs to tensors, runs the graph, and reads the answers. Calls with one input run together with
/// those of other calls that wait for the same model, if that pays (<see cref="Batching"/>).
/// </summary>
public static class ModelRunner
{
    /// <summary>Waits for a turn to run the model, and runs it.</summary>
    /// <param name="model">A model with inputs and an output kind, held by a lease.</param>
    /// <param name="inputs">The inputs, at least one, of the kind that the model takes.</param>
    /// <param name="options">What the call asks of the answers.</param>
    /// <param name="cancellation">Cancels the wait, or stops the run at its next operator.</param>
    /// <returns>One outcome per input. An input that the model cannot run on does not fail the others.</returns>
    /// <exception cref="ModelNotFoundException">The model has no pipeline.</exception>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public static ValueTask<ModelRun> RunAsync(
        LoadedModel model, IReadOnlyList<ModelInput> inputs, CallOptions options, CancellationToken cancellation)
    {
        var pipeline = PipelineOf(model);
        return inputs.Count == 1 && pipeline.Batching.IsOn
            ? JoinAsync(model, pipeline, inputs[0], options, cancellation)
            : AloneAsync(model, pipeline, inputs, options, cancellation);
    }

    /// <summary>Same for a caller that already has a turn (<see cref="LoadedModel.EnterAsync"/>).</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static ModelRun Run(
        LoadedModel model, IReadOnlyList<ModelInput> inputs, CallOptions options, CancellationToken cancellation) =>
        Run(model, PipelineOf(model), inputs, options, TimeSpan.Zero, cancellation);

    /// <summary>Makes one run, without a turn.</summary>
    /// <returns>Each input's part of the outputs.</returns>
    /// <exception cref="ModelFailedException">The graph failed, or its outputs do not fit.</exception>
    internal static object[] RunRows(
        LoadedModel model, Pipeline pipeline, IReadOnlyList<EncodedInput> rows, CancellationToken cancellation)
    {
        var tensors = pipeline.Input.Tensors(rows);
        try
        {
            using var outputs = model.Session.Run(tensors, cancellation);
            return pipeline.Output.Take(outputs, rows);
        }
        catch (OutputShapeException e)
        {
            throw new ModelFailedException(model.Manifest.ToString(), e.Message, e);
        }
        finally
        {
            Array.ForEach(tensors, t => t.Dispose());
        }
    }

    private static Pipeline PipelineOf(LoadedModel model) => model.Pipeline ?? throw new ModelNotFoundException(
        "wrong_task",
        $"The model {model.Manifest} is for {ManifestNames.Of(model.Manifest.Task)}, which has an endpoint of its own. "
            + "GET /v1/models lists the task of each model.");

    private static async ValueTask<ModelRun> AloneAsync(
        LoadedModel model, Pipeline pipeline, IReadOnlyList<ModelInput> inputs, CallOptions options, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var turn = await model.EnterAsync(cancellation);
        return Run(model, pipeline, inputs, options, Stopwatch.GetElapsedTime(started), cancellation);
    }

    private static async ValueTask<ModelRun> JoinAsync(
        LoadedModel model, Pipeline pipeline, ModelInput input, CallOptions options, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var encoded = TryEncode(pipeline, input, out var fault);
        if (encoded is null)
        {
            return new([new(null, fault, 0, false)], TimeSpan.Zero, Stopwatch.GetElapsedTime(started), TimeSpan.Zero);
        }

        var call = new JoinedCall(pipeline.Batching, encoded);
        var prepared = Stopwatch.GetTimestamp();
        while (!call.IsDone)
        {
            // Null: another call has run this one. If that call could not, this one waits again.
            using var turn = await model.Queue.EnterAsync(call, cancellation);
            if (turn is not null)
            {
                RunTogether(model, pipeline, [call, .. turn.Joined.Cast<JoinedCall>()], cancellation);
            }
        }

        var row = Result(pipeline, call.Taken, call.Fault, encoded, options);
        return new(
            [row],
            Stopwatch.GetElapsedTime(prepared, call.Begun),
            Stopwatch.GetElapsedTime(started, prepared),
            Stopwatch.GetElapsedTime(call.Begun));
    }

    /// <summary>Runs the inputs of several calls.</summary>
    private static void RunTogether(LoadedModel model, Pipeline pipeline, JoinedCall[] calls, CancellationToken cancellation)
    {
        Array.ForEach(calls, c => c.Begin());
        if (calls.Length > 1)
        {
            // The first call's caller may leave; the others still wait for their answers.
            cancellation = CancellationToken.None;
        }

        RunEach(model, pipeline, [.. calls.Select(c => c.Input)], (i, taken, fault) => calls[i].End(taken, fault), cancellation);
    }

    /// <summary>Makes one run. If it fails, each input runs alone, so that none fails because of another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pipeline">Its pipeline.</param>
    /// <param name="rows">The inputs.</param>
    /// <param name="end">Receives for each index the input's part of the outputs, or why its run failed.</param>
    /// <param name="cancellation">Stops the run at its next operator.</param>
    private static void RunEach(
        LoadedModel model, Pipeline pipeline, EncodedInput[] rows, Action<int, object?, ModelFailedException?> end,
        CancellationToken cancellation)
    {
        object[] taken;
        try
        {
            taken = RunRows(model, pipeline, rows, cancellation);
        }
        catch (ModelFailedException) when (rows.Length > 1)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var at = i;
                RunEach(model, pipeline, [rows[i]], (_, part, fault) => end(at, part, fault), cancellation);
            }

            return;
        }
        catch (ModelFailedException e)
        {
            end(0, null, e);
            return;
        }

        for (var i = 0; i < taken.Length; i++)
        {
            end(i, taken[i], null);
        }
    }

    private static ModelRun Run(
        LoadedModel model, Pipeline pipeline, IReadOnlyList<ModelInput> inputs, CallOptions options, TimeSpan queued,
        CancellationToken cancellation)
    {
        var results = new RowResult[inputs.Count];
        var (prepared, inferred) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var part in Enumerable.Range(0, inputs.Count).Chunk(pipeline.Input.AtOnce))
        {
            var (encoding, running) = RunPart(model, pipeline, inputs, part, options, results, cancellation);
            (prepared, inferred) = (prepared + encoding, inferred + running);
        }

        return new(results, queued, prepared, inferred);
    }

    /// <summary>Runs the inputs with the given indexes.</summary>
    /// <returns>The time of converting the inputs, and of running them.</returns>
    private static (TimeSpan Prepared, TimeSpan Inferred) RunPart(
        LoadedModel model, Pipeline pipeline, IReadOnlyList<ModelInput> inputs, int[] part, CallOptions options, RowResult[] results,
        CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var encoded = new List<(int Index, EncodedInput Input)>(part.Length);
        try
        {
            foreach (var i in part)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryEncode(pipeline, inputs[i], out var fault) is { } input)
                {
                    encoded.Add((i, input));
                }
                else
                {
                    results[i] = new(null, fault, 0, false);
                }
            }

            var prepared = Stopwatch.GetTimestamp();
            var most = model.Manifest.Limits.Batch == 1 ? 1 : pipeline.Input.Batch ?? pipeline.Input.MaxRows;
            foreach (var run in MicroBatches.Plan(
                [.. encoded.Select(e => e.Input.Length)], most, pipeline.Batching.EqualLengths))
            {
                RunEach(
                    model, pipeline, [.. run.Select(r => encoded[r].Input)],
                    (i, taken, fault) =>
                    {
                        var (index, input) = encoded[run[i]];
                        results[index] = Result(pipeline, taken, fault, input, options);
                    },
                    cancellation);
            }

            return (Stopwatch.GetElapsedTime(started, prepared), Stopwatch.GetElapsedTime(prepared));
        }
        finally
        {
            encoded.ForEach(e => e.Input.Dispose());
        }
    }

    private static RowResult Result(
        Pipeline pipeline, object? taken, ModelFailedException? fault, EncodedInput input, CallOptions options)
    {
        try
        {
            return taken is null
                ? new(null, fault, input.Tokens, input.Truncated)
                : new(pipeline.Output.Read(taken, input, options), null, input.Tokens, input.Truncated);
        }
        catch (Exception e) when (e is ModelFailedException or InvalidInputException)
        {
            return new(null, (InferenceException)e, input.Tokens, input.Truncated);
        }
    }

    private static EncodedInput? TryEncode(Pipeline pipeline, ModelInput input, out InvalidInputException? fault)
    {
        try
        {
            fault = null;
            return pipeline.Input.Encode(input);
        }
        catch (InvalidInputException e)
        {
            fault = e;
            return null;
        }
    }
}
