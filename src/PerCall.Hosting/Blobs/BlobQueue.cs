using Azure.Storage.Queues;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Blobs;

/// <summary>The host's own queue of blob notifications, shared by all its instances.</summary>
internal sealed class BlobQueue(StorageConnections connections, HostIdentity identity)
{
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private readonly Lazy<QueueServiceClient> _account = new(() => connections.Queues(StorageConnections.HostConnection));

    public QueueClient Queue => _account.Value.GetQueueClient(Name);

    public QueueClient Polled => connections.QueuesWithoutRetries(StorageConnections.HostConnection).GetQueueClient(Name);

    public QueueClient Poison => _account.Value.GetQueueClient("webjobs-blobtrigger-poison");

    private string Name => $"azure-webjobs-blobtrigger-{identity.Id}";

    /// <summary>Sends a message without expiry, because nothing would send it again. By default, messages expire after a week.</summary>
    public Task SendAsync(BlobNotification notification, CancellationToken cancellationToken) =>
        Queue.SendMessageAsync(notification.ToJson(), timeToLive: Forever, cancellationToken: cancellationToken);
}
