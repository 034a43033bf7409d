using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Budget;

/// <summary>
/// The table <c>limits</c>, with one partition per account. The client library must not retry writes: when a conditional write succeeds and
/// is then repeated, the repeat looks like a conflict, and its amounts would be counted twice.
/// </summary>
/// <param name="reads">A client with the library's retries.</param>
/// <param name="writes">A client of the same table without retries.</param>
/// <param name="restored">The mark of the last restore; null: restores are not considered.</param>
public sealed class LimitsTable(TableClient reads, TableClient writes, RestoredTables? restored = null)
{
    public const string Name = "limits";

    /// <summary>Returns a row; null if it does not exist.</summary>
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

    /// <summary>
    /// Refuses to begin a month's row while the row may only be missing because the tables were lost and what is spent is not computed yet.
    /// </summary>
    /// <exception cref="RestoringException">A restore is not complete.</exception>
    public async Task RequireRestoredAsync(CancellationToken cancellation)
    {
        if (restored is not null && await restored.FindIncompleteAsync(cancellation) is { } backup)
        {
            throw new RestoringException(backup);
        }
    }

    public AsyncPageable<TableEntity> Partition(string partition, CancellationToken cancellation) =>
        reads.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), cancellationToken: cancellation);

    /// <summary>
    /// Writes a row if it is unchanged since it was read, or inserts it if it was missing. Returns null if the row has changed; nothing is
    /// written then.
    /// </summary>
    /// <exception cref="RequestFailedException">
    /// The write failed. It is unknown whether the row was written, unless the status shows it.
    /// </exception>
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

    /// <summary>Deletes a row if it is unchanged since it was read.</summary>
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
