using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Tenancy.Tenants;

/// <summary>
/// The table <c>tenants</c>: one row for each. The row of a tenant that was erased stays, with its id alone: who has an old address, key or
/// file of that id must never meet another tenant under it.
/// </summary>
public sealed class TenantTable(TableServiceClient tables)
{
    public const string Name = "tenants";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<TenantRow?> FindAsync(string id, CancellationToken cancellation)
    {
        // Characters that a row's key cannot have are not in any tenant's id either.
        if (!Ids.IsFit(id))
        {
            return null;
        }

        var found = await _table.GetEntityIfExistsAsync<TenantRow>(TenantRow.Partition, id, cancellationToken: cancellation);
        return found is { HasValue: true, Value: { Status: not TenantRow.Erased } tenant } ? tenant : null;
    }

    /// <summary>The tenant of an account; null: there is none, or it has been erased.</summary>
    public async Task<TenantRow?> FindByAccountAsync(string account, CancellationToken cancellation) =>
        await _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {TenantRow.Partition} and Account eq {account} and Status ne {TenantRow.Erased}"),
            cancellationToken: cancellation).FirstOrDefaultAsync(cancellation);

    /// <summary>By id.</summary>
    public IAsyncEnumerable<TenantRow> ListAsync(string? after, int atMost, CancellationToken cancellation) =>
        _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {TenantRow.Partition} and RowKey gt {after ?? ""} and Status ne {TenantRow.Erased}"),
            Math.Min(atMost, 1000),
            cancellationToken: cancellation).Take(atMost);

    /// <summary>How many have a plan.</summary>
    public async Task<int> CountAsync(string plan) =>
        await _table.QueryAsync<TenantRow>(
            TableClient.CreateQueryFilter($"PartitionKey eq {TenantRow.Partition} and Plan eq {plan}"), select: ["RowKey"]).CountAsync();

    /// <exception cref="RequestFailedException">409: there is one of this id, or was.</exception>
    public Task AddAsync(TenantRow row) => _table.AddEntityAsync(row);

    /// <exception cref="RequestFailedException">412: it has been changed since it was read. 404: it is gone.</exception>
    public async Task UpdateAsync(TenantRow row) =>
        row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;

    /// <summary>Leaves nothing of a tenant but its id.</summary>
    /// <exception cref="RequestFailedException">412: it has been changed since it was read.</exception>
    public Task RemoveAsync(TenantRow row) =>
        _table.UpdateEntityAsync(
            new TableEntity(row.PartitionKey, row.RowKey) { [nameof(TenantRow.Status)] = TenantRow.Erased }, row.ETag,
            TableUpdateMode.Replace);
}
