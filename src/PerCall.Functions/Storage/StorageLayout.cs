using Azure;
using Azure.Data.Tables;
using Azure.Identity;
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

/// <summary>Makes what is not there yet, all at once, before the service takes calls; or, where it is not to make anything, looks that it is there. Says all that is wrong at once: what, and the role and the scope where one is wanting.</summary>
internal sealed class StorageLayout(
    TableServiceClient tables,
    BlobServiceClient blobs,
    QueueServiceClient queues,
    IEnumerable<RequiredTable> requiredTables,
    IEnumerable<RequiredContainer> requiredContainers,
    IEnumerable<RequiredQueue> requiredQueues,
    IOptions<StorageOptions> options) : IHostedService
{
    private const string Setting = $"{StorageOptions.Section}:{nameof(StorageOptions.Create)}";

    private static readonly string[] KeyOnly = [nameof(TableEntity.PartitionKey)];

    /// <exception cref="OptionsValidationException">Something is missing, closed, or does not answer.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var create = options.Value.Create;
        // Three lists, for as a rule all is there: a request for each would open a connection for each.
        var found = create ? await Task.WhenAll(
            FindAsync(tables.QueryAsync(cancellationToken: cancellationToken), t => t.Name),
            FindAsync(blobs.GetBlobContainersAsync(cancellationToken: cancellationToken), c => c.Name),
            FindAsync(queues.GetQueuesAsync(cancellationToken: cancellationToken), q => q.Name)) : [Found.Nothing, Found.Nothing, Found.Nothing];
        var (foundTables, foundContainers, foundQueues) = (found[0], found[1], found[2]);
        var faults = await Task.WhenAll(
            [
                .. requiredTables.Where(t => !foundTables.Names.Contains(t.Name)).Select(t => FaultAsync("table", t.Name, "Storage Table Data Contributor", foundTables, () => create
                    ? tables.CreateTableIfNotExistsAsync(t.Name, cancellationToken)
                    : ReadAsync(tables.GetTableClient(t.Name), cancellationToken))),
                .. requiredContainers.Where(c => !foundContainers.Names.Contains(c.Name)).Select(c => FaultAsync("container", c.Name, "Storage Blob Data Contributor", foundContainers, () => create
                    ? blobs.GetBlobContainerClient(c.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)
                    : blobs.GetBlobContainerClient(c.Name).GetPropertiesAsync(cancellationToken: cancellationToken))),
                .. requiredQueues.Where(q => !foundQueues.Names.Contains(q.Name)).Select(q => FaultAsync("queue", q.Name, "Storage Queue Data Contributor", foundQueues, () => create
                    ? queues.GetQueueClient(q.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken)
                    : queues.GetQueueClient(q.Name).GetPropertiesAsync(cancellationToken))),
            ]);
        if (faults.OfType<string>().Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } said)
        {
            // The setting does not fit the account; the host tells that of a setting in sentences.
            throw new OptionsValidationException(StorageOptions.Section, typeof(StorageOptions), said);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The account's list of tables is closed to who has been let into single tables; a table itself is not.</summary>
    private static async Task ReadAsync(TableClient table, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(maxPerPage: 1, select: KeyOnly, cancellationToken: cancellation).AsPages().FirstOrDefaultAsync(cancellation);

    /// <summary>A list that is closed is no fault: who asks for what is on it may be let in.</summary>
    private static async Task<Found> FindAsync<T>(AsyncPageable<T> list, Func<T, string> name)
        where T : notnull
    {
        try
        {
            return new(await list.Select(name).ToHashSetAsync(), null);
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            return Found.Nothing;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
        {
            return new([], e);
        }
    }

    /// <param name="kind">A table, a container or a queue.</param>
    /// <param name="name">Its name.</param>
    /// <param name="role">What is needed to use it.</param>
    /// <param name="found">Where this service of the account did not answer, it is not asked again.</param>
    /// <param name="look">Makes it, or looks at it.</param>
    private async Task<string?> FaultAsync(string kind, string name, string role, Found found, Func<Task> look)
    {
        var which = $"The {kind} '{name}' of the storage account {blobs.AccountName}";
        try
        {
            await (found.Failure is { } failure ? Task.FromException(failure) : look());
            return null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return $"{which} is missing, and {Setting} is false: deploy it, or have the service make it.";
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            return options.Value.Create
                ? $"{which} can neither be made nor looked at ({e.ErrorCode}). While {Setting} is true, the service's identity needs the role '{role}' on the storage account; with false, on what is deployed alone."
                : $"{which} is closed to the service's identity ({e.ErrorCode}). It needs the role '{role}' on the {kind}.";
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
        {
            var first = (e as AggregateException)?.InnerExceptions[0] ?? e;
            return $"{which} does not answer: {(first as RequestFailedException)?.ErrorCode ?? first.GetBaseException().Message.Split('\n')[0]}.";
        }
    }

    /// <summary>The names on a list, or why it could not be had.</summary>
    private sealed record Found(HashSet<string> Names, Exception? Failure)
    {
        public static readonly Found Nothing = new([], null);
    }
}
