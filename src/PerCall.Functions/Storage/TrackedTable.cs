using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage;

/// <summary>
/// Rows of accounts that are found by their ids, listed newest first, and looked after until they have come to an end: <c>r|…</c> by time,
/// <c>i|id</c> to find it, <c>w|…</c> by when to look after it. The three of a row change in one transaction, so a sweep that reads the
/// last kind misses none and reads no row that needs nothing.
/// </summary>
public sealed partial class TrackedTable<T>(TableClient table, TimeProvider time) where T : class, ITrackedRow, new()
{
    private const string Target = "Row";

    public TableClient Client => table;

    public MarkedAccounts Accounts { get; } = new(table, time);

    public static string KeyOf(T row) => $"r|{SortedTime.Descending(row.CreatedAt)}|{row.Id}";

    /// <summary>An account's further way to a row, for instance by a key that the caller chose.</summary>
    public static TableTransactionAction Alias(T row, string name) =>
        new(TableTransactionActionType.Add, new TableEntity(row.PartitionKey, name) { [Target] = KeyOf(row) });

    /// <summary>Adds a row, and what is to be written with it, at once or not at all.</summary>
    /// <returns>False: there is one of the same id, or of the same alias; or what is written with it has changed.</returns>
    public async Task<bool> TryAddAsync(T row, IEnumerable<TableTransactionAction> beside, CancellationToken cancellation)
    {
        row.RowKey = KeyOf(row);
        row.Watch = WatchOf(row);
        await Accounts.MarkAsync(row.PartitionKey, cancellation);
        List<TableTransactionAction> actions = [new(TableTransactionActionType.Add, row), Alias(row, IndexOf(row.Id)), .. beside];
        if (row.Watch is not null)
        {
            actions.Add(Watcher(row));
        }

        try
        {
            row.ETag = (await table.SubmitTransactionAsync(actions, cancellation)).Value[0].Headers.ETag ?? default;
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

    /// <summary>A row as it is now; null where it is gone.</summary>
    public async Task<T?> RefreshAsync(T row, CancellationToken cancellation) =>
        await table.GetEntityIfExistsAsync<T>(
            row.PartitionKey, row.RowKey, cancellationToken: cancellation) is { HasValue: true, Value: { } current } ? current : null;

    /// <summary>Changes a row, and what is to be written with it, unless somebody else has since it was read.</summary>
    /// <returns>False: somebody has, and nothing was written; the row has to be read again.</returns>
    public async Task<bool> TryReplaceAsync(T row, CancellationToken cancellation, params IEnumerable<TableTransactionAction> beside)
    {
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
            return true;
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            row.Watch = before;
            return false;
        }
    }

    /// <summary>Newest first.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="after">The row after which the list begins; null: from the newest.</param>
    /// <param name="columns">What is read of each.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public IAsyncEnumerable<T> ListAsync(string account, T? after, IEnumerable<string> columns, CancellationToken cancellation) =>
        table.QueryAsync<T>(Between(account, after?.RowKey ?? "r|", "r}"), select: columns, cancellationToken: cancellation);

    /// <summary>Rows that were made before a time, the newest of them first.</summary>
    public IAsyncEnumerable<T> BeforeAsync(string account, DateTimeOffset time, CancellationToken cancellation) =>
        table.QueryAsync<T>(Between(account, $"r|{SortedTime.Descending(time)}", "r}"), cancellationToken: cancellation);

    /// <summary>Rows that ought to have gone on by now.</summary>
    public async IAsyncEnumerable<T> OverdueAsync(
        string account, DateTimeOffset now, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var watch in table.QueryAsync<TableEntity>(
            Between(account, "w|", $"w|{SortedTime.Ascending(now)}"), cancellationToken: cancellation))
        {
            if (await table.GetEntityIfExistsAsync<T>(
                account, watch.GetString(Target), cancellationToken: cancellation) is { HasValue: true,
                Value: { } row } && row.Watch == watch.RowKey)
            {
                yield return row;
            }
        }
    }

    public async Task<bool> AnyAsync(string account, CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(
            Between(account, "r|", "r}"), maxPerPage: 1, select: [nameof(TableEntity.RowKey)],
            cancellationToken: cancellation).AnyAsync(cancellation);

    /// <summary>Removes a row that nobody has changed, and all that points to it.</summary>
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
            // Changed or gone meanwhile.
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
