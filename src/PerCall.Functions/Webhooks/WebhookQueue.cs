using Azure.Storage.Queues;
using PerCall.Functions.Storage;
using PerCall.Functions.Webhooks.Deliveries;

namespace PerCall.Functions.Webhooks;

/// <summary>The queue <c>webhooks</c>: which deliveries are due.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to be received before a sweep looks for it.</param>
public sealed class WebhookQueue(QueueClient queue, TimeSpan grace) : WorkQueue(queue)
{
    public const string Name = "webhooks";
    public const string Poison = Name + "-poison";

    /// <summary>How long a message may take to be received before a sweep looks for it.</summary>
    public TimeSpan Grace => grace;

    /// <summary>Sends the message of a delivery whose turn it is.</summary>
    public Task SendAsync(DeliveryRow row, CancellationToken cancellation) => SendAsync(row.PartitionKey, row.Id, TimeSpan.Zero, cancellation);

    /// <summary>Sends a message by which turns are given out anew when a target's pause is over.</summary>
    public Task WakeAsync(string account, string target, TimeSpan delay, CancellationToken cancellation) => SendAsync(account, target, delay, cancellation);
}
