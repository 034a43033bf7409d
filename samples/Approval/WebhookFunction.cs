using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Samples.Approval;

/// <summary>Receives PerCall's webhooks. Anyone may call it; the signature decides.</summary>
public sealed class WebhookFunction(IOptions<ApprovalOptions> options, TimeProvider time)
{
    private const int LongestBody = 1 << 20;

    /// <summary>
    /// Verifies a webhook and raises its event. The same webhook may come twice: the orchestration takes the first event, and one that has
    /// ended takes none.
    /// </summary>
    [Function("Webhook")]
    public async Task<IResult> ReceiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/percall")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        if (await BodyAsync(request.Body, cancellationToken) is not { } body)
        {
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        }

        if (!IsSigned(request.Headers, body))
        {
            return Results.Unauthorized();
        }

        var message = JsonSerializer.Deserialize(body, WireJson.Default.WebhookMessage);
        if (message?.Type.StartsWith("batch.", StringComparison.Ordinal) is true
            && message.Data.Deserialize(WireJson.Default.Batch) is { } batch
            && batch.Metadata?.GetValueOrDefault(PerCallActivities.InstanceMember) is { } instance
            && await durable.GetInstanceAsync(instance, cancellationToken) is { IsRunning: true })
        {
            await durable.RaiseEventAsync(instance, ApprovalOrchestrator.BatchEndedEvent, batch.Id, cancellationToken);
        }

        // Other events of this tenant are not for this app. Any 2xx ends their delivery.
        return Results.NoContent();
    }

    private bool IsSigned(IHeaderDictionary headers, byte[] body) =>
        options.Value.WebhookSecrets.Any(secret => WebhookSignature.Verify(
            secret, headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], body, time.GetUtcNow()));

    /// <summary>The whole body; null if it is longer than an event can be.</summary>
    private static async Task<byte[]?> BodyAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > LongestBody)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}
