using Microsoft.AspNetCore.Http;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Redaction;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Functions.Tasks;

/// <summary>
/// Runs single calls on models, for every task: reserves the cost, holds the model, runs it, reports its times, charges and answers.
/// </summary>
public sealed class ModelCalls(ModelRegistry registry, Fallbacks fallbacks, Redactor redactor)
{
    private static readonly LargeModelUse NoLargeModel = new();

    /// <exception cref="RefusedException">403: the plan does not include the call. 402: the budget is spent.</exception>
    /// <exception cref="Inference.InferenceException">The model does not exist, is busy, or cannot run on the input.</exception>
    public async Task<IResult> AnswerAsync<TRun, TBody>(HttpContext http, ModelCall<TRun, TBody> call, CancellationToken cancellation)
    {
        var metered = MeteredCall.Of(http);
        TurnShare.Current = Caller.Of(http)?.Account;
        await metered.ReserveAsync(call.Operation, call.Model, call.Units, cancellation);
        using var lease = await registry.AcquireAsync(call.Model, cancellation);
        var run = await call.Run(lease.Model, lease.Model.IsWaiting ? UseOf(http, metered, call.Operation) : NoLargeModel);

        var manifest = lease.Model.Manifest;
        var stages = call.Stages(run);
        ServerTiming.Of(http).AddRun(manifest, stages.Queued, stages.Prepared, stages.Inferred);
        var id = $"{call.IdPrefix}_{Guid.CreateVersion7():n}";
        var answer = call.Answer(id, manifest, run);
        if (!lease.Model.IsWaiting || call.LargeRun is not { } describe)
        {
            return await metered.DeliverAsync(id, manifest, call.Units, answer, call.Type, cancellation);
        }

        var large = describe(run);
        if (large.FellBack > TimeSpan.Zero)
        {
            ServerTiming.Of(http).Add("fallback", large.FellBack);
        }

        if (manifest.Backend == ModelBackend.OpenAi || large.Shares.Fallback is not null)
        {
            AnswerHeaders.MarkAiGenerated(http.Response);
        }

        return await metered.DeliverAsync(id, manifest, large.Shares, answer, call.Type, cancellation);
    }

    /// <summary>
    /// Lets a call open its fallback, and redacts texts if the plan wants it. The fallback's price is reserved when it is known how much it
    /// has to answer.
    /// </summary>
    private LargeModelUse UseOf(HttpContext http, MeteredCall metered, Operation operation) => new()
    {
        Redact = Caller.Of(http)?.Terms.Redact == true ? redactor.Redact : null,
        OpenFallback = (rule, units, cancellation) => fallbacks.OpenAsync(
            rule.Model, token => metered.TryReserveFallbackAsync(operation, rule.Model, units, token), cancellation),
    };
}
