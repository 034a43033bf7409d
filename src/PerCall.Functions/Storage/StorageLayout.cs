using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Storage;

/// <summary>A table that a slice keeps.</summary>
internal sealed record RequiredTable(string Name);

/// <summary>A blob container that a slice keeps.</summary>
internal sealed record RequiredContainer(string Name);

/// <summary>A queue that a slice reads.</summary>
internal sealed record RequiredQueue(string Name);

/// <summary>Makes what is not there yet, all at once, before the service takes calls.</summary>
internal sealed class StorageLayout(
    TableServiceClient tables,
    BlobServiceClient blobs,
    QueueServiceClient queues,
    IEnumerable<RequiredTable> requiredTables,
    IEnumerable<RequiredContainer> requiredContainers,
    IEnumerable<RequiredQueue> requiredQueues) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [
            .. requiredTables.Select(t => tables.CreateTableIfNotExistsAsync(t.Name, cancellationToken)),
            .. requiredContainers.Select(c => blobs.GetBlobContainerClient(c.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
            .. requiredQueues.Select(q => queues.GetQueueClient(q.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
        ]);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
