using Azure.Storage.Queues;

namespace PerCall.Hosting.Queues;

/// <summary>A queue and the processing of its messages.</summary>
internal sealed record QueueWork
{
    public required QueueClient Queue { get; init; }

    /// <summary>The same queue without retries, for polls: the listener retries by itself.</summary>
    public required QueueClient Polled { get; init; }

    /// <summary>The queue for messages that keep failing; null keeps them in this queue, where they are retried at intervals.</summary>
    public required QueueClient? Poison { get; init; }

    public required bool Base64 { get; init; }

    /// <summary>Processes a message. Throws on failure.</summary>
    public required Func<ReceivedMessage, CancellationToken, Task> ExecuteAsync { get; init; }
}
