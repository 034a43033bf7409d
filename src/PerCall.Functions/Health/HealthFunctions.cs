using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Models;
using PerCall.Functions.Routes;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Health;

/// <summary>Health endpoints for load balancers.</summary>
public sealed class HealthFunctions(BlobContainers containers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    [Function("Live")]
    [Operation("Health", "Liveness: the process is running")]
    [Answer(200, typeof(HealthResponse))]
    public Task<IResult> Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequest request) =>
        Task.FromResult<IResult>(TypedResults.Ok(new HealthResponse("live")));

    [Function("Ready")]
    [Operation("Health", "Readiness: the process can answer calls", "Checks that storage responds and the container of models exists.")]
    [Answer(200, typeof(HealthResponse))]
    [Answer(503, typeof(HealthResponse))]
    public async Task<IResult> Ready(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequest request,
        CancellationToken cancellation) =>
        await FaultAsync(cancellation) is { } fault
            ? TypedResults.Json(
                new HealthResponse("unavailable", fault), WireJson.Default.HealthResponse,
                statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(new HealthResponse("ready"));

    [Function("InferenceLive")]
    [OpenInference]
    [Operation("Health", "Liveness, for clients of the Open Inference Protocol")]
    [Answer(200, typeof(InferenceLive))]
    public Task<IResult> InferenceLive([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/health/live")] HttpRequest request) =>
        Task.FromResult<IResult>(TypedResults.Ok(new InferenceLive(true)));

    [Function("InferenceReady")]
    [OpenInference]
    [Operation("Health", "Readiness, for clients of the Open Inference Protocol", "Checks the same as the service's own readiness.")]
    [Answer(200, typeof(InferenceReady))]
    [Answer(503, typeof(InferenceReady))]
    public async Task<IResult> InferenceReady(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/health/ready")] HttpRequest request, CancellationToken cancellation)
    {
        var isReady = await FaultAsync(cancellation) is null;
        return TypedResults.Json(
            new InferenceReady(isReady), WireJson.Default.InferenceReady,
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Returns why the process cannot answer calls; null: it can.</summary>
    private async Task<string?> FaultAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await containers[ModelServices.Container].ExistsAsync(patience.Token)
                ? null : $"The container '{ModelServices.Container}' does not exist.";
        }
        catch (Exception e)
            when (e is RequestFailedException or AggregateException || (
                e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return "Storage is unavailable.";
        }
    }
}
