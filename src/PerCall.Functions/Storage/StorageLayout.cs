using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Storage;

/// <summary>A table that a slice keeps.</summary>
internal sealed record RequiredTable(string Name);

/// <summary>A blob container that a slice keeps.</summary>
internal sealed record RequiredContainer(string Name);

/// <summary>A queue that a slice reads.</summary>
internal sealed record RequiredQueue(string Name);

/// <summary>Makes what is not there yet, all at once, before the service takes calls; or, where it is not to make anything, names all that is missing.</summary>
internal sealed class StorageLayout(
    TableServiceClient tables,
    BlobServiceClient blobs,
    QueueServiceClient queues,
    IEnumerable<RequiredTable> requiredTables,
    IEnumerable<RequiredContainer> requiredContainers,
    IEnumerable<RequiredQueue> requiredQueues,
    IOptions<StorageOptions> options) : IHostedService
{
    private static readonly string[] KeyOnly = [nameof(TableEntity.PartitionKey)];

    public Task StartAsync(CancellationToken cancellationToken) => options.Value.Create ? CreateAsync(cancellationToken) : CheckAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task CreateAsync(CancellationToken cancellation) => Task.WhenAll(
        [
            .. requiredTables.Select(t => tables.CreateTableIfNotExistsAsync(t.Name, cancellation)),
            .. requiredContainers.Select(c => blobs.GetBlobContainerClient(c.Name).CreateIfNotExistsAsync(cancellationToken: cancellation)),
            .. requiredQueues.Select(q => queues.GetQueueClient(q.Name).CreateIfNotExistsAsync(cancellationToken: cancellation)),
        ]);

    private async Task CheckAsync(CancellationToken cancellation)
    {
        var faults = await Task.WhenAll(
            [
                .. requiredTables.Select(t => FaultAsync($"table '{t.Name}'", () => ReadAsync(tables.GetTableClient(t.Name), cancellation))),
                .. requiredContainers.Select(c => FaultAsync($"container '{c.Name}'", () => blobs.GetBlobContainerClient(c.Name).GetPropertiesAsync(cancellationToken: cancellation))),
                .. requiredQueues.Select(q => FaultAsync($"queue '{q.Name}'", () => queues.GetQueueClient(q.Name).GetPropertiesAsync(cancellation))),
            ]);
        if (faults.OfType<string>().Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } found)
        {
            throw new InvalidOperationException($"{StorageOptions.Section}:{nameof(StorageOptions.Create)} is false, and in the storage account {blobs.AccountName} {string.Join(", ", found)}.");
        }
    }

    /// <summary>The account's list of tables is closed to who has been let into single tables; a table itself is not.</summary>
    private static async Task ReadAsync(TableClient table, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(maxPerPage: 1, select: KeyOnly, cancellationToken: cancellation).AsPages().FirstOrDefaultAsync(cancellation);

    private static async Task<string?> FaultAsync(string what, Func<Task> look)
    {
        try
        {
            await look();
            return null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return $"{what} is missing";
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            return $"{what} is closed to this identity";
        }
    }
}
