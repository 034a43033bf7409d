using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Formats;

/// <summary>
/// A table whose rows have the number of a <see cref="StorageFormat"/>. Every row written gets it, and every row read is checked, unless
/// only some of its columns are read. The methods that are not overridden here fail.
/// </summary>
/// <param name="inner">The client of the table.</param>
public sealed class FormattedTable(TableClient inner) : TableClient
{
    public override string Name => inner.Name;

    public override string AccountName => inner.AccountName;

    public override Uri Uri => inner.Uri;

    public override Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
    {
        Number(entity);
        return inner.AddEntityAsync(entity, cancellationToken);
    }

    public override Task<Response> UpsertEntityAsync<T>(
        T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
    {
        Number(entity);
        return inner.UpsertEntityAsync(entity, mode, cancellationToken);
    }

    public override Task<Response> UpdateEntityAsync<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
    {
        Number(entity);
        return inner.UpdateEntityAsync(entity, ifMatch, mode, cancellationToken);
    }

    public override Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        var actions = transactionActions.ToList();
        foreach (var action in actions.Where(a => a.ActionType != TableTransactionActionType.Delete))
        {
            Number(action.Entity);
        }

        return inner.SubmitTransactionAsync(actions, cancellationToken);
    }

    public override Task<Response> DeleteEntityAsync(
        string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        inner.DeleteEntityAsync(partitionKey, rowKey, ifMatch, cancellationToken);

    public override Task<Response> DeleteEntityAsync(
        ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        inner.DeleteEntityAsync(entity, ifMatch, cancellationToken);

    public override async Task<Response<T>> GetEntityAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
    {
        var found = await inner.GetEntityAsync<T>(partitionKey, rowKey, select, cancellationToken);
        Check(found.Value, select);
        return found;
    }

    public override async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
    {
        var found = await inner.GetEntityIfExistsAsync<T>(partitionKey, rowKey, select, cancellationToken);
        if (found is { HasValue: true, Value: { } row })
        {
            Check(row, select);
        }

        return found;
    }

    public override AsyncPageable<T> QueryAsync<T>(
        string? filter = null, int? maxPerPage = null, IEnumerable<string>? select = null,
        CancellationToken cancellationToken = default) =>
        new Checked<T>(inner.QueryAsync<T>(filter, maxPerPage, select, cancellationToken), row => Check(row, select));

    private static void Number(ITableEntity entity)
    {
        switch (entity)
        {
            case IStoredRow row:
                row.Format = StorageFormat.Written;
                break;
            case TableEntity row:
                row[StorageFormat.Member] = StorageFormat.Written;
                break;
            default:
                throw new ArgumentException($"{entity.GetType().Name} is not an {nameof(IStoredRow)}.", nameof(entity));
        }
    }

    private void Check(ITableEntity entity, IEnumerable<string>? select)
    {
        if (select is null)
        {
            StorageFormat.Require(
                entity is IStoredRow row ? row.Format : (entity as TableEntity)?.GetInt32(StorageFormat.Member),
                $"A row of the table '{Name}'");
        }
    }

    private sealed class Checked<T>(AsyncPageable<T> inner, Action<T> check) : AsyncPageable<T> where T : class, ITableEntity
    {
        public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
        {
            await foreach (var page in inner.AsPages(continuationToken, pageSizeHint))
            {
                foreach (var row in page.Values)
                {
                    check(row);
                }

                yield return page;
            }
        }
    }
}
