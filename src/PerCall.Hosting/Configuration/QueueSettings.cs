namespace PerCall.Hosting.Configuration;

/// <summary><c>extensions.queues</c> of host.json.</summary>
internal sealed record QueueSettings
{
    /// <summary>Messages per receive, 1 to 32.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>
    /// The next batch is received when no more than this many messages are running. Maximum parallelism is the sum of both.
    /// </summary>
    public int NewBatchThreshold { get; init; } = 8 * Environment.ProcessorCount;

    /// <summary>Maximum runs of a message before it goes to the poison queue.</summary>
    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>Longest wait between two polls of an empty queue.</summary>
    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message stays hidden after a failed run.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    public bool Base64 { get; init; } = true;
}
