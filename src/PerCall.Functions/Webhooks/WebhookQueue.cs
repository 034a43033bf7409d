using Azure.Storage.Queues;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks;

/// <summary>The queue <c>webhooks</c>: the deliveries that are due.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to arrive before a sweep checks its delivery.</param>
public sealed class WebhookQueue(QueueClient queue, TimeSpan grace) : WorkQueue(queue, grace)
{
    public const string Name = "webhooks";
    public const string Poison = Name + "-poison";

    /// <summary>Sends a message that assigns turns again when a target's pause ends.</summary>
    public Task WakeAsync(string account, string target, TimeSpan delay, CancellationToken cancellation) =>
        SendAsync(account, target, delay, cancellation);
}
