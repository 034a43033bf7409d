using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Webhooks;

/// <summary>Messages of deliveries that are due.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to arrive before a sweep checks its delivery.</param>
public sealed class WebhookMessages(WorkQueue queue, TimeSpan grace) : RowMessages(queue, Kind, grace)
{
    public const string Kind = "webhook";

    /// <summary>Sends a message that assigns turns again when a target's pause ends.</summary>
    public Task WakeAsync(string account, string target, TimeSpan delay, CancellationToken cancellation) =>
        SendAsync(account, target, delay, cancellation);
}
