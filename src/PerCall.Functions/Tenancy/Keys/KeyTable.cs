using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>
/// The table <c>keys</c>: a key's row is found by its id alone, as a call has it. Beside it each account has a partition of its keys' ids,
/// written before the key and removed after it, so that no key is ever missed by a list or by an erasure.
/// </summary>
public sealed class KeyTable(TableServiceClient tables)
{
    public const string Name = "keys";

    // Rows of the index whose keys are dead for ever say so, and are passed over where live keys are counted.
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

    /// <exception cref="RequestFailedException">412: it has been changed since it was read. 404: it is gone.</exception>
    public async Task UpdateAsync(KeyRow row)
    {
        row.ETag = (await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;
        if (row.RevokedAt is not null)
        {
            await MarkDeadAsync(row);
        }
    }

    /// <summary>A hint for counting: the key's own row is what counts.</summary>
    public Task MarkDeadAsync(KeyRow row) =>
        _table.UpsertEntityAsync(new TableEntity(Index(row.Account), row.PartitionKey) { [Dead] = true });

    /// <summary>
    /// Ids of an account's keys, in order; some of them perhaps without a key, where its making or removal was interrupted.
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
