using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Erasure;

/// <summary>
/// A table with a partition per account. An erasure removes the partition, and then the rows in other partitions that name the account.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="count">The member of the result that counts the rows.</param>
/// <param name="marks">Filters for an account's rows in other partitions.</param>
public sealed class TenantRows(TableClient table, string? count, params IReadOnlyList<Func<string, string>> marks) : ITenantData
{
    public IReadOnlyCollection<string> Stores => [TenantDataServices.Table(table.Name)];

    public string? Count => count;

    public async Task<int> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        var removed = 0;
        try
        {
            // A sweep finds an account by its marks, so they are removed last.
            foreach (var filter in marks.Select(m => m(account)).Prepend(TableClient.CreateQueryFilter($"PartitionKey eq {account}")))
            {
                await foreach (var row in table.QueryAsync<TableEntity>(
                    filter, select: [nameof(TableEntity.PartitionKey), nameof(TableEntity.RowKey)], cancellationToken: cancellationToken))
                {
                    await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellationToken);
                    removed++;
                }
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // The table does not exist yet.
        }

        return removed;
    }
}
