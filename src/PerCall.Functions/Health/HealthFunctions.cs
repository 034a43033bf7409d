using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Models;
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
        CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await containers[ModelServices.Container].ExistsAsync(patience.Token)
                ? TypedResults.Ok(new HealthResponse("ready"))
                : Unavailable($"The container '{ModelServices.Container}' does not exist.");
        }
        catch (Exception e)
            when (e is RequestFailedException or AggregateException || (
                e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Unavailable("Storage is unavailable.");
        }
    }

    private static JsonHttpResult<HealthResponse> Unavailable(string why) =>
        TypedResults.Json(
            new HealthResponse("unavailable", why), WireJson.Default.HealthResponse, statusCode: StatusCodes.Status503ServiceUnavailable);
}
