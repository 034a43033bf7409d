using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>A delivery whose message was lost goes on within minutes; the log is cleared every hour.</summary>
public sealed class SweepWebhooksFunctions(DeliverySweep sweep)
{
    [Function("ExpireWebhooks")]
    public Task Expire([TimerTrigger("0 27 * * * *")] TimerInfo timer, CancellationToken cancellation) => sweep.ExpireAsync(cancellation);
}
