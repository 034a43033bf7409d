using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace PerCall.Functions.Storage.Formats;

/// <summary>
/// The tables of a storage account. All rows that go through these clients have the number of a <see cref="StorageFormat"/>.
/// </summary>
/// <param name="inner">The client of the account.</param>
public sealed class FormattedTables(TableServiceClient inner) : TableServiceClient
{
    public override string AccountName => inner.AccountName;

    public override Uri Uri => inner.Uri;

    public override TableClient GetTableClient(string tableName) => new FormattedTable(inner.GetTableClient(tableName));

    public override AsyncPageable<TableItem> QueryAsync(
        string? filter = null, int? maxPerPage = null, CancellationToken cancellationToken = default) =>
        inner.QueryAsync(filter, maxPerPage, cancellationToken);

    public override Task<Response<TableItem>> CreateTableIfNotExistsAsync(
        string tableName, CancellationToken cancellationToken = default) =>
        inner.CreateTableIfNotExistsAsync(tableName, cancellationToken);
}
