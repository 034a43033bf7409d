using Azure.Storage.Queues;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks;

/// <summary>The queue <c>webhooks</c>: which deliveries are due.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to be received before a sweep looks for it.</param>
public sealed class WebhookQueue(QueueClient queue, TimeSpan grace) : WorkQueue(queue, grace)
{
    public const string Name = "webhooks";
    public const string Poison = Name + "-poison";

    /// <summary>Sends a message by which turns are given out anew when a target's pause is over.</summary>
    public Task WakeAsync(string account, string target, TimeSpan delay, CancellationToken cancellation) =>
        SendAsync(account, target, delay, cancellation);
}
