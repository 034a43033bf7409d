using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage;

/// <summary>
/// Accounts that have certain rows in a table, stored in one partition of it, so that a sweep need not read all rows. An account is marked
/// before it gets such a row, marked again every few minutes while it gets more, and removed long after its last one.
/// </summary>
public sealed class MarkedAccounts(TableClient table, string partition, TimeProvider time)
{
    /// <summary>The partition of accounts that have rows.</summary>
    public const string WithRows = "~accounts";

    /// <summary>The partition of accounts that have rows which are not complete.</summary>
    public const string WithOpenRows = "~open";

    private const string Marked = "Marked";
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, long> _marked = new(StringComparer.Ordinal);

    /// <summary>Returns a filter for the marks of one account.</summary>
    public static string OfAccount(string account) =>
        TableClient.CreateQueryFilter($"(PartitionKey eq {WithRows} or PartitionKey eq {WithOpenRows}) and RowKey eq {account}");

    public async Task MarkAsync(string account, CancellationToken cancellation)
    {
        if (_marked.TryGetValue(account, out var at) && time.GetElapsedTime(at) < Again)
        {
            return;
        }

        var now = time.GetTimestamp();
        await table.UpsertEntityAsync(
            new TableEntity(partition, account) { [Marked] = time.GetUtcNow() }, TableUpdateMode.Replace, cancellation);
        _marked[account] = now;
    }

    public IAsyncEnumerable<string> ListAsync(CancellationToken cancellation) =>
        table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), select: [nameof(TableEntity.RowKey)],
            cancellationToken: cancellation).Select(r => r.RowKey);

    /// <summary>Removes the mark of an account without rows, unless it was marked recently.</summary>
    public async Task ForgetAsync(string account, CancellationToken cancellation)
    {
        if (await table.GetEntityIfExistsAsync<TableEntity>(
            partition, account, cancellationToken: cancellation) is not { HasValue: true, Value: { } row }
            || time.GetUtcNow() - row.GetDateTimeOffset(Marked) <= Kept)
        {
            return;
        }

        try
        {
            await table.DeleteEntityAsync(row, row.ETag, cancellation);
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            // The account was marked again in the meantime.
        }
    }
}
