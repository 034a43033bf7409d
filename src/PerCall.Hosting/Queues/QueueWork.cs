using Azure.Storage.Queues;

namespace PerCall.Hosting.Queues;

/// <summary>A queue, and what is done with its messages.</summary>
internal sealed record QueueWork
{
    public required QueueClient Queue { get; init; }

    /// <summary>The same queue, for polls: the listener asks again by itself.</summary>
    public required QueueClient Polled { get; init; }

    /// <summary>Where messages go that keep failing; null: they stay, and are tried again from time to time.</summary>
    public required QueueClient? Poison { get; init; }

    public required bool Base64 { get; init; }

    /// <summary>Works on a message. Throws when it has failed.</summary>
    public required Func<ReceivedMessage, CancellationToken, Task> ExecuteAsync { get; init; }
}
