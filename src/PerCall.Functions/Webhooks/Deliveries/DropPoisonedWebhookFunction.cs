using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>
/// Drops a message that could not be processed, usually because storage was unavailable. Its delivery is still in its row, and the sweep
/// sends another message.
/// </summary>
public sealed partial class DropPoisonedWebhookFunction(ILogger<DropPoisonedWebhookFunction> log)
{
    [Function("DropPoisonedWebhook")]
    public Task Run([QueueTrigger(WebhookQueue.Poison)] string message)
    {
        LogDropped(message.Length);
        return Task.CompletedTask;
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Failed to process a webhook message of {Length} characters; the sweep retries its delivery")]
    private partial void LogDropped(int length);
}
