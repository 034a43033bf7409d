using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>Runs calls with tensors: counts their rows, reserves the cost, runs the graph, charges and answers.</summary>
public sealed class InferCalls(ModelRegistry registry, InferRequestReader reader, IOptions<OpenInferenceOptions> options)
{
    /// <summary>Maximum rows of a call. A million units of any price fit into 64 bits.</summary>
    public const int MaxRows = 1_000_000;

    private readonly int _maxAnswer = options.Value.MaxAnswerBytes;

    /// <param name="http">The request.</param>
    /// <param name="reference">The model's reference.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="RefusedException">The body is not a call, or the plan does not allow it.</exception>
    /// <exception cref="InferenceException">The model does not exist, is busy, or cannot run on the tensors.</exception>
    public async Task<IResult> AnswerAsync(HttpContext http, string reference, CancellationToken cancellation)
    {
        using var call = await reader.ReadAsync(http.Request, cancellation);
        var message = call.Message;
        var (model, units) = await CountAsync(reference, message, cancellation);
        var metered = MeteredCall.Of(http);
        TurnShare.Current = Caller.Of(http)?.Account;
        await metered.ReserveAsync(Operations.Infer, model, units, cancellation);
        using var lease = await registry.AcquireAsync(model, cancellation);
        var manifest = lease.Model.Manifest;
        var outputs = TensorRunner.Check(lease.Model, message.Inputs, [.. message.Outputs.Select(o => o.Name)]);
        InferAnswerWriter.RequireForm(message, outputs);

        var id = $"inf_{Guid.CreateVersion7():n}";
        // The answer is written after this returns.
        var buffer = new RentedBuffer(BodyMemory.Of(http), _maxAnswer, () => InferFaults.AnswerTooLong(_maxAnswer));
        http.Response.RegisterForDispose(buffer);
        int? jsonLength;
        using (var run = await TensorRunner.RunAsync(lease.Model, message.Inputs, outputs, cancellation))
        {
            ServerTiming.Of(http).AddRun(manifest, run.Queued, call.Parsed, run.Inferred);
            jsonLength = InferAnswerWriter.Write(buffer, id, manifest, message, run.Outputs, _maxAnswer);
        }

        if (jsonLength is { } length)
        {
            http.Response.Headers[AnswerHeaders.JsonLength] = length.ToString(CultureInfo.InvariantCulture);
        }

        return await metered.DeliverAsync(
            id, manifest, units, buffer.Memory, jsonLength is null ? "application/json" : "application/octet-stream", cancellation);
    }

    /// <summary>Returns how many rows a call has: the first dimension of the model's first input, at least 1.</summary>
    /// <exception cref="RefusedException">400: there are too many rows.</exception>
    public static long RowsOf(ModelManifest manifest, IReadOnlyList<RawTensor> inputs)
    {
        var first = manifest.Inputs.Count == 0 ? null : inputs.FirstOrDefault(i => i.Name == manifest.Inputs[0].Name);
        if (first is not { Shape.Count: > 0, Count: > 0 })
        {
            return 1;
        }

        var rows = first.Shape[0];
        return rows <= MaxRows ? rows : throw InferFaults.TooManyRows(first.Name, rows, MaxRows);
    }

    /// <summary>
    /// Resolves the version, so that the rows are counted for the version that runs. For a model that does not exist, the plan decides
    /// first what the caller learns.
    /// </summary>
    private async ValueTask<(string Model, long Units)> CountAsync(string reference, InferMessage message, CancellationToken cancellation)
    {
        ModelManifest manifest;
        try
        {
            manifest = await registry.ResolveAsync(reference, cancellation);
        }
        catch (ModelNotFoundException)
        {
            return (reference, 1);
        }

        ModelTensors.RequireGraph(manifest);
        return (manifest.ToString(), RowsOf(manifest, message.Inputs));
    }
}
