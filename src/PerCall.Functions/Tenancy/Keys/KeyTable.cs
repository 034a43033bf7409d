using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>
/// The table <c>keys</c>. A call finds a key's row by its id alone. In addition, each account has a partition that indexes its keys' ids.
/// An index row is written before its key and removed after it, so a list or an erasure never misses a key.
/// </summary>
public sealed class KeyTable(TableServiceClient tables)
{
    public const string Name = "keys";

    // Marks index rows whose keys are permanently invalid, so that counting live keys can skip them.
    private const string Dead = "Dead";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<KeyRow?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<KeyRow>(id, KeyRow.Row, cancellationToken: cancellation);
        return found.HasValue ? found.Value : null;
    }

    public async Task AddAsync(KeyRow row)
    {
        await _table.UpsertEntityAsync(new TableEntity(Index(row.Account), row.PartitionKey));
        await _table.UpsertEntityAsync(row, TableUpdateMode.Replace);
    }

    /// <exception cref="RequestFailedException">412: the row has changed since it was read. 404: it was removed.</exception>
    public async Task UpdateAsync(KeyRow row)
    {
        row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;
        if (row.RevokedAt is not null)
        {
            await MarkDeadAsync(row);
        }
    }

    /// <summary>Marks the index row as dead. This is a hint for counting; the key's own row is authoritative.</summary>
    public Task MarkDeadAsync(KeyRow row) =>
        _table.UpsertEntityAsync(new TableEntity(Index(row.Account), row.PartitionKey) { [Dead] = true });

    /// <summary>
    /// Returns the ids of an account's keys, in order. Some may have no key, when its creation or removal was interrupted.
    /// </summary>
    public async IAsyncEnumerable<string> IdsAsync(
        string account, string? after, bool passOverDead,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Index(account)} and RowKey gt {after ?? ""}");
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation))
        {
            if (!passOverDead || row.GetBoolean(Dead) is not true)
            {
                yield return row.RowKey;
            }
        }
    }

    public async Task RemoveAsync(string account, string id)
    {
        await _table.DeleteEntityAsync(id, KeyRow.Row);
        await _table.DeleteEntityAsync(Index(account), id);
    }

    private static string Index(string account) => $"tenant:{account}";
}
