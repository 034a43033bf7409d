using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace PerCall.Hosting.Configuration;

/// <summary>
/// Creates resources that do not exist. It checks first: an identity with access to a single container or queue may not request its
/// creation, even when it exists.
/// </summary>
internal static class FirstTime
{
    public static async Task MakeAsync(this BlobContainerClient container, CancellationToken cancellationToken)
    {
        if (!await container.ExistsAsync(cancellationToken))
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
    }

    public static async Task MakeAsync(this QueueClient queue, CancellationToken cancellationToken)
    {
        if (!await queue.ExistsAsync(cancellationToken))
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
    }
}
