using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks.Targets;

/// <summary>Stores each account's targets, in the table of its deliveries.</summary>
public sealed partial class TargetStore(TableClient table)
{
    /// <summary>A filter for the rows of all accounts.</summary>
    // '}' is the character after '|'.
    public const string Rows = $"(RowKey ge '{TargetRow.Prefix}' and RowKey lt 't}}')";

    /// <summary>Returns a write for the transaction of a delivery: the target exists and has had an event.</summary>
    public static TableTransactionAction Seen(string account, string url, DateTimeOffset now) => new(
        TableTransactionActionType.UpsertMerge,
        new TableEntity(account, KeyOf(TargetRow.IdOf(url))) { [nameof(TargetRow.Url)] = url, [nameof(TargetRow.LastEventAt)] = now });

    /// <summary>Returns a write for the transaction of a delivery: the target is gone.</summary>
    public static TableTransactionAction Gone(string account, string url, DateTimeOffset now) => new(
        TableTransactionActionType.UpsertMerge,
        new TableEntity(
            account, KeyOf(TargetRow.IdOf(url)))
        {
            [nameof(TargetRow.Url)] = url,
            [nameof(TargetRow.LastEventAt)] = now,
            [nameof(TargetRow.DisabledAt)] = now
        });

    /// <summary>Returns a write for the transaction of a delivery: the target's consecutive failures and the end of its pause.</summary>
    /// <param name="target">
    /// The target as it was read. The write fails if it has changed, so that attempts that end at the same time are all counted.
    /// </param>
    /// <param name="failures">Attempts that failed since the last successful one.</param>
    /// <param name="pausedUntil">The end of the pause; null: the target is not paused.</param>
    public static TableTransactionAction Breaks(TargetRow target, int failures, DateTimeOffset? pausedUntil) => new(
        TableTransactionActionType.UpdateMerge,
        new TableEntity(target.PartitionKey, target.RowKey)
        {
            [nameof(TargetRow.Failures)] = failures,
            [nameof(TargetRow.PausedUntil)] = pausedUntil ?? TargetBreaker.Never,
        },
        target.ETag);

    public static bool IsId(string id) => Id().IsMatch(id);

    public async Task<TargetRow?> FindAsync(string account, string id, CancellationToken cancellation) =>
        IsId(id) && await table.GetEntityIfExistsAsync<TargetRow>(
            account, KeyOf(id), cancellationToken: cancellation) is { HasValue: true, Value: { } row } ? row : null;

    public IAsyncEnumerable<TargetRow> ListAsync(string account, string? after, CancellationToken cancellation) =>
        table.QueryAsync<TargetRow>(
        TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {KeyOf(after ?? "")} and RowKey lt {"t}"}"),
        cancellationToken: cancellation);

    /// <returns>False: the row has changed since it was read.</returns>
    public async Task<bool> TryReplaceAsync(TargetRow row)
    {
        try
        {
            row.ETag = (await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace)).Headers.ETag ?? default;
            return true;
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
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
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            // The target has had an event in the meantime.
        }
    }

    private static string KeyOf(string id) => TargetRow.Prefix + id;

    [GeneratedRegex(@"^wht_[0-9a-f]{24}\z")]
    private static partial Regex Id();
}
