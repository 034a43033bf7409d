using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Storage;

/// <summary>A table that a slice uses.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Backup">What happens to its rows in a backup.</param>
public sealed record RequiredTable(string Name, TableBackupRule Backup);

/// <summary>A blob container that a slice uses.</summary>
/// <param name="Name">The container's name.</param>
/// <param name="Kept">Whether it is in the account of blobs that can be restored (<see cref="StorageServices.KeptSetting"/>).</param>
/// <param name="OfLostRows">Whether its blobs belong to rows that are in no backup.</param>
public sealed record RequiredContainer(string Name, bool Kept, bool OfLostRows = false);

/// <summary>A queue that a slice uses.</summary>
public sealed record RequiredQueue(string Name);

/// <summary>
/// Creates missing tables, containers and queues of both storage accounts at startup, or verifies them when <c>Create</c> is false. Reports
/// every problem at once, with the account, the missing role and its scope.
/// </summary>
public sealed class StorageLayout(
    TableServiceClient tables,
    BlobContainers containers,
    QueueServiceClient queues,
    IEnumerable<RequiredTable> requiredTables,
    IEnumerable<RequiredContainer> requiredContainers,
    IEnumerable<RequiredQueue> requiredQueues,
    IOptions<StorageOptions> options) : IHostedService
{
    private const string Setting = $"{StorageOptions.Section}:{nameof(StorageOptions.Create)}";

    private static readonly string[] KeyOnly = [nameof(TableEntity.PartitionKey)];

    /// <exception cref="OptionsValidationException">A resource is missing, access is denied, or storage does not respond.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var faults = await Task.WhenAll([
            FaultsAsync(
                "table",
                tables.AccountName,
                "Storage Table Data Contributor",
                requiredTables.Select(t => t.Name),
                tables.QueryAsync(cancellationToken: cancellationToken).Select(t => t.Name),
                name => tables.CreateTableIfNotExistsAsync(name, cancellationToken),
                name => ReadAsync(tables.GetTableClient(name), cancellationToken)),
            .. requiredContainers.GroupBy(c => c.Kept && !containers.AreInOneAccount).Select(
                group => ContainerFaultsAsync(group.Key ? containers.Kept : containers.Transient, group, cancellationToken)),
            FaultsAsync(
                "queue",
                queues.AccountName,
                "Storage Queue Data Contributor",
                requiredQueues.Select(q => q.Name),
                queues.GetQueuesAsync(cancellationToken: cancellationToken).Select(q => q.Name),
                name => queues.GetQueueClient(name).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                name => queues.GetQueueClient(name).GetPropertiesAsync(cancellationToken)),
        ]);
        if (faults.SelectMany(f => f).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } found)
        {
            // The setting does not fit the account. The host reports this exception as sentences, like an invalid setting.
            throw new OptionsValidationException(StorageOptions.Section, typeof(StorageOptions), found);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Checks one table by reading it: an identity with roles on single tables only may not list the account's tables.</summary>
    private static async Task ReadAsync(TableClient table, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(
            maxPerPage: 1, select: KeyOnly, cancellationToken: cancellation).AsPages().FirstOrDefaultAsync(cancellation);

    private Task<IEnumerable<string>> ContainerFaultsAsync(
        BlobServiceClient account, IEnumerable<RequiredContainer> required, CancellationToken cancellation) =>
        FaultsAsync(
            "container",
            account.AccountName,
            "Storage Blob Data Contributor",
            required.Select(c => c.Name),
            account.GetBlobContainersAsync(cancellationToken: cancellation).Select(c => c.Name),
            name => containers[name].CreateIfNotExistsAsync(cancellationToken: cancellation),
            name => containers[name].GetPropertiesAsync(cancellationToken: cancellation));

    /// <summary>Checks the resources of one service of an account, and returns the problems.</summary>
    /// <param name="kind">A table, a container or a queue.</param>
    /// <param name="account">The account's name.</param>
    /// <param name="role">The role that is needed to use them.</param>
    /// <param name="required">The names of the required resources.</param>
    /// <param name="list">The names of the existing resources.</param>
    /// <param name="make">Creates one.</param>
    /// <param name="look">Verifies one.</param>
    private async Task<IEnumerable<string>> FaultsAsync(
        string kind, string account, string role,
        IEnumerable<string> required, IAsyncEnumerable<string> list, Func<string, Task> make, Func<string, Task> look)
    {
        if (!options.Value.Create)
        {
            return await EachAsync(required, look);
        }

        HashSet<string> there;
        try
        {
            // One list request, because usually everything exists. A request per resource would open a connection for each.
            there = await list.ToHashSetAsync();
        }
        catch (RequestFailedException e) when (e.IsForbidden())
        {
            // An identity that may not list the resources may still have access to single ones.
            there = [];
        }
        catch (Exception e) when (IsOfStorage(e))
        {
            return required.Select(name => Fault(kind, name, account, role, e));
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
                return Fault(kind, name, account, role, e);
            }
        }
    }

    private static bool IsOfStorage(Exception e) => e is RequestFailedException or AggregateException or AuthenticationFailedException;

    private string Fault(string kind, string name, string account, string role, Exception e)
    {
        var which = $"The {kind} '{name}' in storage account {account}";
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
