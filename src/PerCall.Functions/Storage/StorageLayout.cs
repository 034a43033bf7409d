using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Storage;

/// <summary>A table that a slice keeps.</summary>
internal sealed record RequiredTable(string Name);

/// <summary>A blob container that a slice keeps.</summary>
internal sealed record RequiredContainer(string Name);

/// <summary>Makes what is not there yet, all at once, before the service takes calls.</summary>
internal sealed class StorageLayout(TableServiceClient tables, BlobServiceClient blobs, IEnumerable<RequiredTable> requiredTables, IEnumerable<RequiredContainer> requiredContainers) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [
            .. requiredTables.Select(t => tables.CreateTableIfNotExistsAsync(t.Name, cancellationToken)),
            .. requiredContainers.Select(c => blobs.GetBlobContainerClient(c.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)),
        ]);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
