using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace PerCall.Hosting.Configuration;

/// <summary>
/// Makes what is not there yet. It looks first: an identity that may use one container or queue is refused when it asks for its making,
/// even where it is there.
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
