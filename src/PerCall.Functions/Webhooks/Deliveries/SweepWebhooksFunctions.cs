using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Resumes deliveries whose messages were lost, within minutes. Deletes expired deliveries every hour.</summary>
public sealed class SweepWebhooksFunctions(DeliverySweep sweep)
{
    [Function("ExpireWebhooks")]
    public Task Expire([TimerTrigger("0 27 * * * *")] TimerInfo timer, CancellationToken cancellation) => sweep.ExpireAsync(cancellation);
}
