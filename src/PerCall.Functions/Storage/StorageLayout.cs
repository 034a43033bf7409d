using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Storage;

/// <summary>A table that a slice keeps.</summary>
public sealed record RequiredTable(string Name);

/// <summary>A blob container that a slice keeps.</summary>
public sealed record RequiredContainer(string Name);

/// <summary>A queue that a slice reads.</summary>
public sealed record RequiredQueue(string Name);

/// <summary>
/// Makes what is not there yet, all at once, before the service takes calls; or, where it is not to make anything, looks that it is there.
/// Says all that is wrong at once: what, and the role and the scope where one is wanting.
/// </summary>
public sealed class StorageLayout(
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
        var faults = await Task.WhenAll(
            FaultsAsync(
                "table",
                "Storage Table Data Contributor",
                requiredTables.Select(t => t.Name),
                tables.QueryAsync(cancellationToken: cancellationToken).Select(t => t.Name),
                name => tables.CreateTableIfNotExistsAsync(name, cancellationToken),
                name => ReadAsync(tables.GetTableClient(name), cancellationToken)),
            FaultsAsync(
                "container",
                "Storage Blob Data Contributor",
                requiredContainers.Select(c => c.Name),
                blobs.GetBlobContainersAsync(cancellationToken: cancellationToken).Select(c => c.Name),
                name => blobs.GetBlobContainerClient(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                name => blobs.GetBlobContainerClient(name).GetPropertiesAsync(cancellationToken: cancellationToken)),
            FaultsAsync(
                "queue",
                "Storage Queue Data Contributor",
                requiredQueues.Select(q => q.Name),
                queues.GetQueuesAsync(cancellationToken: cancellationToken).Select(q => q.Name),
                name => queues.GetQueueClient(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                name => queues.GetQueueClient(name).GetPropertiesAsync(cancellationToken)));
        if (faults.SelectMany(f => f).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } found)
        {
            // The setting does not fit the account; the host tells that of a setting in sentences.
            throw new OptionsValidationException(StorageOptions.Section, typeof(StorageOptions), found);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The account's list of tables is closed to who has been let into single tables; a table itself is not.</summary>
    private static async Task ReadAsync(TableClient table, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(
            maxPerPage: 1, select: KeyOnly, cancellationToken: cancellation).AsPages().FirstOrDefaultAsync(cancellation);

    /// <summary>Of one service of the account.</summary>
    /// <param name="kind">A table, a container or a queue.</param>
    /// <param name="role">What is needed to use them.</param>
    /// <param name="required">The names of all that must be there.</param>
    /// <param name="list">The names of all that are there.</param>
    /// <param name="make">Makes one.</param>
    /// <param name="look">Looks at one.</param>
    private async Task<IEnumerable<string>> FaultsAsync(
        string kind, string role,
        IEnumerable<string> required, IAsyncEnumerable<string> list, Func<string, Task> make, Func<string, Task> look)
    {
        if (!options.Value.Create)
        {
            return await EachAsync(required, look);
        }

        HashSet<string> there;
        try
        {
            // One list, for as a rule all is there: a request for each would open a connection for each.
            there = await list.ToHashSetAsync();
        }
        catch (RequestFailedException e) when (e.IsForbidden())
        {
            // Who is kept from the list may be let in to what is on it.
            there = [];
        }
        catch (Exception e) when (IsOfStorage(e))
        {
            return required.Select(name => Fault(kind, name, role, e));
        }

        return await EachAsync(required.Where(name => !there.Contains(name)), make);

        async Task<IEnumerable<string>> EachAsync(IEnumerable<string> names, Func<string, Task> use) =>
            (await Task.WhenAll(names.Select(name => FaultAsync(name, use)))).OfType<string>();

        async Task<string?> FaultAsync(string name, Func<string, Task> use)
        {
            try
            {
                await use(name);
                return null;
            }
            catch (Exception e) when (IsOfStorage(e))
            {
                return Fault(kind, name, role, e);
            }
        }
    }

    private static bool IsOfStorage(Exception e) => e is RequestFailedException or AggregateException or AuthenticationFailedException;

    private string Fault(string kind, string name, string role, Exception e)
    {
        var which = $"The {kind} '{name}' in storage account {blobs.AccountName}";
        switch (e)
        {
            case RequestFailedException { Status: 404 }:
                return $"{which} is missing, and {Setting} is false; deploy it, or set {Setting} to true.";
            case RequestFailedException { Status: 403 } refused:
                return options.Value.Create
                    ? $"{which} cannot be created or read ({refused.ErrorCode}). While {Setting} is true, the service's identity needs the "
                        + $"role '{role}' on the storage account. When {Setting} is false, it needs the role on the {kind} only."
                    : $"{which} cannot be read by the service's identity ({refused.ErrorCode}); it needs the role '{role}' on the {kind}.";
            default:
                var first = (e as AggregateException)?.InnerExceptions[0] ?? e;
                return $"{which} is unavailable: "
                    + $"{(first as RequestFailedException)?.ErrorCode ?? first.GetBaseException().Message.Split('\n')[0]}.";
        }
    }
}
