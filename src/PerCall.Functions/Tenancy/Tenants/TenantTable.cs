using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Tenancy.Tenants;

/// <summary>
/// The table <c>tenants</c>, with one row per tenant. The row of an erased tenant stays, with only its id: a URL, key or file with that id
/// must never lead to another tenant.
/// </summary>
public sealed class TenantTable(TableServiceClient tables)
{
    public const string Name = "tenants";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<TenantRow?> FindAsync(string id, CancellationToken cancellation)
    {
        // An id with characters that are not allowed in a row key is not a tenant's id.
        if (!Ids.IsFit(id))
        {
            return null;
        }

        var found = await _table.GetEntityIfExistsAsync<TenantRow>(TenantRow.Partition, id, cancellationToken: cancellation);
        return found is { HasValue: true, Value: { Status: not TenantRow.Erased } tenant } ? tenant : null;
    }

    /// <summary>Returns the tenant of an account; null when it does not exist or was erased.</summary>
    public async Task<TenantRow?> FindByAccountAsync(string account, CancellationToken cancellation) =>
        await _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {TenantRow.Partition} and Account eq {account} and Status ne {TenantRow.Erased}"),
            cancellationToken: cancellation).FirstOrDefaultAsync(cancellation);

    /// <summary>Lists tenants, sorted by id.</summary>
    public IAsyncEnumerable<TenantRow> ListAsync(string? after, int atMost, CancellationToken cancellation) =>
        _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {TenantRow.Partition} and RowKey gt {after ?? ""} and Status ne {TenantRow.Erased}"),
            Math.Min(atMost, 1000),
            cancellationToken: cancellation).Take(atMost);

    /// <summary>Returns the number of tenants with a plan.</summary>
    public async Task<int> CountAsync(string plan) =>
        await _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter($"PartitionKey eq {TenantRow.Partition} and Plan eq {plan}"), select: ["RowKey"]).CountAsync();

    /// <exception cref="RequestFailedException">409: the id is or was in use.</exception>
    public Task AddAsync(TenantRow row) => _table.AddEntityAsync(row);

    /// <exception cref="RequestFailedException">412: the row has changed since it was read. 404: it was removed.</exception>
    public async Task UpdateAsync(TenantRow row) =>
        row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;

    /// <summary>Removes all data of a tenant except its id.</summary>
    /// <exception cref="RequestFailedException">412: the row has changed since it was read.</exception>
    public Task RemoveAsync(TenantRow row) =>
        _table.UpdateEntityAsync(
            new TableEntity(row.PartitionKey, row.RowKey) { [nameof(TenantRow.Status)] = TenantRow.Erased }, row.ETag,
            TableUpdateMode.Replace);
}
