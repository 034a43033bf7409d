using Azure;
using Azure.Storage.Queues;
using PerCall.Functions.Storage;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Upkeep;

/// <summary>Measures the lengths of the service's queues, and of the queues for messages that keep failing.</summary>
public sealed class QueueLengths(QueueServiceClient queues, IEnumerable<RequiredQueue> required)
{
    /// <summary>The host's own queue for uploads whose function kept failing. Its name does not depend on the host id.</summary>
    private const string FailedUploads = "webjobs-blobtrigger-poison";

    private const string PoisonSuffix = "-poison";

    private readonly IReadOnlyList<string> _names =
    [
        .. required.Select(r => r.Name)
            .SelectMany(n => n.EndsWith(PoisonSuffix, StringComparison.Ordinal) ? [n] : new[] { n, n + PoisonSuffix })
            .Append(FailedUploads)
            .Distinct(StringComparer.Ordinal),
    ];

    public Task LookAsync(CancellationToken cancellation) => Task.WhenAll(_names.Select(async name =>
    {
        try
        {
            var found = await queues.GetQueueClient(name).GetPropertiesAsync(cancellation);
            Measures.QueueLength(name, found.Value.ApproximateMessagesCount);
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            // The queue for failed messages is created with the first of them.
            Measures.QueueLength(name, 0);
        }
    }));
}
