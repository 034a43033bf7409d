using Azure.Storage.Queues;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks;

/// <summary>The queue <c>webhooks</c>: which deliveries are due.</summary>
internal sealed class WebhookQueue(QueueClient queue) : WorkQueue(queue)
{
    public const string Name = "webhooks";
    public const string Poison = Name + "-poison";
}
