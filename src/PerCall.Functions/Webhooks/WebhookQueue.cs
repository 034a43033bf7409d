using Azure.Storage.Queues;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks;

/// <summary>The queue <c>webhooks</c>: which deliveries are due.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to be received before a sweep looks for it.</param>
internal sealed class WebhookQueue(QueueClient queue, TimeSpan grace) : WorkQueue(queue)
{
    public const string Name = "webhooks";
    public const string Poison = Name + "-poison";

    /// <summary>How long a message may take to be received before a sweep looks for it.</summary>
    public TimeSpan Grace => grace;
}
