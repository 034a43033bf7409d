using Microsoft.AspNetCore.Http;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Tasks;

/// <summary>
/// Runs single calls on models, for every task: reserves the cost, holds the model, runs it, reports its times, charges and answers.
/// </summary>
public sealed class ModelCalls(ModelRegistry registry)
{
    /// <exception cref="RefusedException">403: the plan does not include the call. 402: the budget is spent.</exception>
    /// <exception cref="Inference.InferenceException">The model does not exist, is busy, or cannot run on the input.</exception>
    public async Task<IResult> AnswerAsync<TRun, TBody>(HttpContext http, ModelCall<TRun, TBody> call, CancellationToken cancellation)
    {
        var metered = MeteredCall.Of(http);
        await metered.ReserveAsync(call.Operation, call.Model, call.Units, cancellation);
        using var lease = await registry.AcquireAsync(call.Model, cancellation);
        var run = await call.Run(lease.Model);

        var manifest = lease.Model.Manifest;
        var stages = call.Stages(run);
        ServerTiming.Of(http).AddRun(manifest, stages.Queued, stages.Prepared, stages.Inferred);
        var id = $"{call.IdPrefix}_{Guid.CreateVersion7():n}";
        return await metered.DeliverAsync(id, manifest, call.Units, call.Answer(id, manifest, run), call.Type, cancellation);
    }
}
