using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Webhooks.Targets;

/// <summary>The addresses of each account, in the table of its deliveries.</summary>
public sealed partial class TargetStore(TableClient table)
{
    /// <summary>To be written with a delivery: there is such a target, and it has had an event.</summary>
    public static TableTransactionAction Seen(string account, string url, DateTimeOffset now) => new(
        TableTransactionActionType.UpsertMerge,
        new TableEntity(account, KeyOf(TargetRow.IdOf(url))) { [nameof(TargetRow.Url)] = url, [nameof(TargetRow.LastEventAt)] = now });

    /// <summary>To be written with a delivery: the target is gone.</summary>
    public static TableTransactionAction Gone(string account, string url, DateTimeOffset now) => new(
        TableTransactionActionType.UpsertMerge,
        new TableEntity(account, KeyOf(TargetRow.IdOf(url))) { [nameof(TargetRow.Url)] = url, [nameof(TargetRow.LastEventAt)] = now, [nameof(TargetRow.DisabledAt)] = now });

    /// <summary>To be written with a delivery: how the target's attempts have come out of late.</summary>
    public static TableTransactionAction Breaks(string account, string target, int failures, DateTimeOffset? pausedUntil) => new(
        TableTransactionActionType.UpsertMerge,
        new TableEntity(account, KeyOf(target)) { [nameof(TargetRow.Failures)] = failures, [nameof(TargetRow.PausedUntil)] = pausedUntil ?? TargetBreaker.Never });

    public static bool IsId(string id) => Id().IsMatch(id);

    public async Task<TargetRow?> FindAsync(string account, string id, CancellationToken cancellation) =>
        IsId(id) && await table.GetEntityIfExistsAsync<TargetRow>(account, KeyOf(id), cancellationToken: cancellation) is { HasValue: true, Value: { } row } ? row : null;

    public IAsyncEnumerable<TargetRow> ListAsync(string account, string? after, CancellationToken cancellation) => table.QueryAsync<TargetRow>(
        TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {KeyOf(after ?? "")} and RowKey lt {"t}"}"), cancellationToken: cancellation);

    /// <returns>False: it has changed since it was read.</returns>
    public async Task<bool> TryReplaceAsync(TargetRow row)
    {
        try
        {
            row.ETag = (await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            return false;
        }
    }

    public async Task TryRemoveAsync(TargetRow row, CancellationToken cancellation)
    {
        try
        {
            await table.DeleteEntityAsync(row, row.ETag, cancellation);
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            // It has had an event meanwhile.
        }
    }

    private static string KeyOf(string id) => TargetRow.Prefix + id;

    [GeneratedRegex(@"^wht_[0-9a-f]{24}\z")]
    private static partial Regex Id();
}
