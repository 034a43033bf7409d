using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Operators;

/// <summary>The table <c>operators</c>: all named operators' keys, in one partition.</summary>
public sealed class OperatorTable(TableServiceClient tables)
{
    public const string Name = "operators";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<OperatorRow?> FindAsync(string id, CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<OperatorRow>(OperatorRow.Partition, id, cancellationToken: cancellation);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Lists all keys, ordered by id, including revoked and expired ones.</summary>
    public IAsyncEnumerable<OperatorRow> ListAsync(string? after, CancellationToken cancellation) =>
        _table.QueryAsync<OperatorRow>(
            TableClient.CreateQueryFilter($"PartitionKey eq {OperatorRow.Partition} and RowKey gt {after ?? ""}"),
            cancellationToken: cancellation);

    /// <summary>Lists the keys that may be valid: the caller must check their expiry.</summary>
    public IAsyncEnumerable<OperatorRow> LiveAsync(CancellationToken cancellation) =>
        _table.QueryAsync<OperatorRow>(
            TableClient.CreateQueryFilter($"PartitionKey eq {OperatorRow.Partition} and Live eq {true}"), cancellationToken: cancellation);

    /// <summary>Adds a key. Its id is random, so the write can be repeated.</summary>
    public Task AddAsync(OperatorRow row) => _table.UpsertEntityAsync(row, TableUpdateMode.Replace);

    /// <exception cref="RequestFailedException">412: the row has changed since it was read.</exception>
    public Task UpdateAsync(OperatorRow row) => _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
}
