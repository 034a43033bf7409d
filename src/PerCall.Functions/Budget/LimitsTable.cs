using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Budget;

/// <summary>
/// The table <c>limits</c>, one partition per account. Writes are never repeated by the client library: a repeated conditional write that
/// had succeeded at first looks like one that has lost, and what it counted would be counted twice.
/// </summary>
/// <param name="reads">A client with the library's own retries.</param>
/// <param name="writes">A client of the same table without any.</param>
public sealed class LimitsTable(TableClient reads, TableClient writes)
{
    public const string Name = "limits";

    /// <summary>Null where there is no such row.</summary>
    public async Task<TableEntity?> FindAsync(string account, string row, CancellationToken cancellation)
    {
        try
        {
            var found = await reads.GetEntityIfExistsAsync<TableEntity>(account, row, cancellationToken: cancellation);
            return found.HasValue ? found.Value : null;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw TooLate(e);
        }
    }

    public AsyncPageable<TableEntity> Partition(string partition, CancellationToken cancellation) =>
        reads.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), cancellationToken: cancellation);

    /// <summary>
    /// Writes a row if it is still as it was read; inserts it where it was not there. Null: it has changed, and nothing was written.
    /// </summary>
    /// <exception cref="RequestFailedException">Whether it was written is not known, unless the status says so.</exception>
    public async Task<ETag?> TryWriteAsync(TableEntity entity, ETag? read, CancellationToken cancellation)
    {
        try
        {
            var response = read is { } etag
                ? await writes.UpdateEntityAsync(entity, etag, TableUpdateMode.Replace, cancellation)
                : await writes.AddEntityAsync(entity, cancellation);
            return response.Headers.ETag;
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            return null;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw TooLate(e);
        }
    }

    public Task UpsertAsync(TableEntity entity, CancellationToken cancellation) =>
        writes.UpsertEntityAsync(entity, TableUpdateMode.Replace, cancellation);

    /// <summary>Removes a row if it is still as it was read.</summary>
    public async Task TryDeleteAsync(TableEntity entity, CancellationToken cancellation)
    {
        try
        {
            await writes.DeleteEntityAsync(entity.PartitionKey, entity.RowKey, entity.ETag, cancellation);
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
        }
    }

    private static RequestFailedException TooLate(OperationCanceledException inner) => new(503, "Storage did not respond in time.", inner);
}
