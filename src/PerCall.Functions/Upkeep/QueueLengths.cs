using Azure;
using Azure.Storage.Queues;
using PerCall.Functions.Storage;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Upkeep;

/// <summary>Looks how many messages wait in the service's queues, and in those to which what keeps failing goes.</summary>
public sealed class QueueLengths(QueueServiceClient queues, IEnumerable<RequiredQueue> required)
{
    /// <summary>The host's own, for uploads whose function kept failing; it is one whatever the host id.</summary>
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
            // A queue of failed messages is made with its first.
            Measures.QueueLength(name, 0);
        }
    }));
}
