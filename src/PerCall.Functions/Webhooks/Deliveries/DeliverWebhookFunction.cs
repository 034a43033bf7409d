using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Starts one attempt of one delivery.</summary>
public sealed class DeliverWebhookFunction(WebhookCourier courier)
{
    [Function("DeliverWebhook")]
    public Task Run([QueueTrigger(WebhookQueue.Name)] WorkMessage message, CancellationToken cancellation) =>
        courier.BeginAsync(message.Account, message.Item, cancellation);
}
