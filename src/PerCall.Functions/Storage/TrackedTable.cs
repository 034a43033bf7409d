using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage;

/// <summary>
/// Rows of accounts that are found by id, listed newest first, and monitored until they are complete. Each has up to three entries:
/// <c>r|…</c> by time, <c>i|id</c> for the lookup by id, and <c>w|…</c> by the time of its next check. They change in one transaction, so
/// a sweep over the <c>w</c> entries misses no row and reads no row that needs nothing.
/// </summary>
public sealed partial class TrackedTable<T>(TableClient table, TimeProvider time) where T : class, ITrackedRow, new()
{
    private const string Target = "Row";

    public TableClient Client => table;

    /// <summary>Accounts that have rows.</summary>
    public MarkedAccounts Accounts { get; } = new(table, MarkedAccounts.WithRows, time);

    /// <summary>Accounts that may have rows that are not complete. A round of chores visits only these.</summary>
    public MarkedAccounts OpenAccounts { get; } = new(table, MarkedAccounts.WithOpenRows, time);

    /// <summary>Called when a row that is not complete was written. Must return at once.</summary>
    public Action Opened { get; set; } = () => { };

    public static string KeyOf(T row) => $"r|{SortedTime.Descending(row.CreatedAt)}|{row.Id}";

    /// <summary>Creates another name by which the account finds the row, for example a key that the caller chose.</summary>
    public static TableTransactionAction Alias(T row, string name) =>
        new(TableTransactionActionType.Add, new TableEntity(row.PartitionKey, name) { [Target] = KeyOf(row) });

    /// <summary>Adds a row and related entries in one transaction.</summary>
    /// <returns>False when the id or alias is in use, or a related entry has changed.</returns>
    public async Task<bool> TryAddAsync(T row, IEnumerable<TableTransactionAction> beside, CancellationToken cancellation)
    {
        row.RowKey = KeyOf(row);
        row.Watch = WatchOf(row);
        await Task.WhenAll(
            Accounts.MarkAsync(row.PartitionKey, cancellation), OpenAccounts.MarkAsync(row.PartitionKey, cancellation));
        List<TableTransactionAction> actions = [new(TableTransactionActionType.Add, row), Alias(row, IndexOf(row.Id)), .. beside];
        if (row.Watch is not null)
        {
            actions.Add(Watcher(row));
        }

        try
        {
            row.ETag = (await table.SubmitTransactionAsync(actions, cancellation)).Value[0].Headers.ETag ?? default;
            Opened();
            return true;
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            return false;
        }
    }

    public Task<T?> FindAsync(string account, string id, CancellationToken cancellation) =>
        Fit().IsMatch(id) ? FindByAliasAsync(account, IndexOf(id), cancellation) : Task.FromResult<T?>(null);

    public async Task<T?> FindByAliasAsync(string account, string name, CancellationToken cancellation) =>
        await table.GetEntityIfExistsAsync<TableEntity>(
            account, name, cancellationToken: cancellation) is { HasValue: true, Value: { } alias }
        && await table.GetEntityIfExistsAsync<T>(
            account, alias.GetString(Target), cancellationToken: cancellation) is { HasValue: true, Value: { } row }
            ? row
            : null;

    /// <summary>Reads a row again; null when it was removed.</summary>
    public async Task<T?> RefreshAsync(T row, CancellationToken cancellation) =>
        await table.GetEntityIfExistsAsync<T>(
            row.PartitionKey, row.RowKey, cancellationToken: cancellation) is { HasValue: true, Value: { } current } ? current : null;

    /// <summary>Changes a row and related entries in one transaction, unless the row has changed since it was read.</summary>
    /// <returns>False on a conflict: nothing was written, and the row has to be read again.</returns>
    public async Task<bool> TryReplaceAsync(T row, CancellationToken cancellation, params IEnumerable<TableTransactionAction> beside)
    {
        if (row.LookAfter is not null)
        {
            await OpenAccounts.MarkAsync(row.PartitionKey, cancellation);
        }

        var before = row.Watch;
        row.Watch = WatchOf(row);
        List<TableTransactionAction> actions = [new(TableTransactionActionType.UpdateReplace, row, row.ETag), .. beside];
        if (row.Watch != before)
        {
            actions.AddRange(before is null ? [] : [Unwatch(row.PartitionKey, before)]);
            actions.AddRange(row.Watch is null ? [] : [Watcher(row)]);
        }

        try
        {
            row.ETag = (await table.SubmitTransactionAsync(actions, cancellation)).Value[0].Headers.ETag ?? default;
            if (row.Watch is not null)
            {
                Opened();
            }

            return true;
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            row.Watch = before;
            return false;
        }
    }

    /// <summary>Lists an account's rows, newest first.</summary>
    /// <param name="account">The account.</param>
    /// <param name="after">The row before the list's first; null starts with the newest.</param>
    /// <param name="columns">The columns to read.</param>
    /// <param name="cancellation">Cancels the read.</param>
    public IAsyncEnumerable<T> ListAsync(string account, T? after, IEnumerable<string> columns, CancellationToken cancellation) =>
        table.QueryAsync<T>(Between(account, after?.RowKey ?? "r|", "r}"), select: columns, cancellationToken: cancellation);

    /// <summary>Lists rows created before a time, newest first.</summary>
    public IAsyncEnumerable<T> BeforeAsync(string account, DateTimeOffset time, CancellationToken cancellation) =>
        table.QueryAsync<T>(Between(account, $"r|{SortedTime.Descending(time)}", "r}"), cancellationToken: cancellation);

    /// <summary>Lists rows whose check is due.</summary>
    public async IAsyncEnumerable<T> OverdueAsync(
        string account, DateTimeOffset now, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var watch in table.QueryAsync<TableEntity>(
            Between(account, "w|", $"w|{SortedTime.Ascending(now)}"), cancellationToken: cancellation))
        {
            if (await table.GetEntityIfExistsAsync<T>(
                account, watch.GetString(Target), cancellationToken: cancellation) is
                {
                    HasValue: true,
                    Value: { } row
                } && row.Watch == watch.RowKey)
            {
                yield return row;
            }
        }
    }

    /// <summary>Returns when the first check of an account's rows is due; null: all rows are complete.</summary>
    public async Task<DateTimeOffset?> NextCheckAsync(string account, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(
            Between(account, "w|", "w}"), maxPerPage: 1, select: [nameof(TableEntity.RowKey)],
            cancellationToken: cancellation).FirstOrDefaultAsync(cancellation) is { } watch
            ? SortedTime.ParseAscending(watch.RowKey.Split('|')[1])
            : null;

    public async Task<bool> AnyAsync(string account, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(
            Between(account, "r|", "r}"), maxPerPage: 1, select: [nameof(TableEntity.RowKey)],
            cancellationToken: cancellation).AnyAsync(cancellation);

    /// <summary>Removes a row and all entries that refer to it, unless the row has changed.</summary>
    public async Task TryRemoveAsync(T row, IEnumerable<string> aliases, CancellationToken cancellation)
    {
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.Delete, row, row.ETag),
            .. aliases.Prepend(IndexOf(row.Id)).Concat(
                row.Watch is { } watch ? [watch] : []).Select(name => Unwatch(row.PartitionKey, name)),
        ];
        try
        {
            await table.SubmitTransactionAsync(actions, cancellation);
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            // The row was changed or removed in the meantime.
        }
    }

    private static string IndexOf(string id) => $"i|{id}";

    private static string? WatchOf(T row) => row.LookAfter is { } time ? $"w|{SortedTime.Ascending(time)}|{row.Id}" : null;

    private static TableTransactionAction Watcher(T row) =>
        new(TableTransactionActionType.Add, new TableEntity(row.PartitionKey, row.Watch) { [Target] = row.RowKey });

    private static TableTransactionAction Unwatch(string account, string name) =>
        new(TableTransactionActionType.Delete, new TableEntity(account, name), ETag.All);

    private static string Between(string account, string after, string before) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {after} and RowKey lt {before}");

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,100}\z")]
    private static partial Regex Fit();
}
