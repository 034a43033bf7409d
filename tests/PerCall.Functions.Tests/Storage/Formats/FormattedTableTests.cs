using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Storage.Formats;

public sealed class FormattedTableTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly string _name = $"formatted{Guid.NewGuid():n}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TableClient Stored => new(azurite.ConnectionString, _name);

    private TableClient Table => new FormattedTables(new(azurite.ConnectionString)).GetTableClient(_name);

    public async ValueTask InitializeAsync() => await Stored.CreateAsync(Cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Write_InAnyWay_StoresTheFormat()
    {
        await Table.AddEntityAsync(new KeyRow { PartitionKey = "added" }, Cancellation);
        await Table.UpsertEntityAsync(new TableEntity("upserted", "r"), cancellationToken: Cancellation);
        await Table.SubmitTransactionAsync(
            [
                new(TableTransactionActionType.Add, new TableEntity("sent", "1")),
                new(TableTransactionActionType.Add, new KeyRow { PartitionKey = "sent" }),
            ], Cancellation);
        await Stored.AddEntityAsync(new TableEntity("old", "r") { ["Text"] = "a" }, Cancellation);
        await Table.UpdateEntityAsync(new TableEntity("old", "r") { ["Text"] = "b" }, ETag.All, TableUpdateMode.Replace, Cancellation);

        var rows = await Stored.QueryAsync<TableEntity>(cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal(5, rows.Count);
        Assert.All(rows, r => Assert.Equal(StorageFormat.Written, r.GetInt32(StorageFormat.Member)));
    }

    [Fact]
    public async Task Write_RowOfAnotherKind_Fails() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Table.AddEntityAsync(new Unnumbered(), Cancellation));

    [Fact]
    public async Task Read_RowWithoutANumber_IsTaken()
    {
        await Stored.AddEntityAsync(new TableEntity("old", KeyRow.Row) { [nameof(KeyRow.Name)] = "n" }, Cancellation);

        var row = await Table.GetEntityAsync<KeyRow>("old", KeyRow.Row, cancellationToken: Cancellation);

        Assert.Equal(("n", 0), (row.Value.Name, row.Value.Format));
    }

    [Fact]
    public async Task Read_NewerRow_Fails()
    {
        await Stored.AddEntityAsync(
            new TableEntity("newer", KeyRow.Row) { [StorageFormat.Member] = StorageFormat.Newest + 1 }, Cancellation);

        await FailsAsync(() => Table.GetEntityAsync<KeyRow>("newer", KeyRow.Row, cancellationToken: Cancellation));
        await FailsAsync(() => Table.GetEntityIfExistsAsync<TableEntity>("newer", KeyRow.Row, cancellationToken: Cancellation));
        await FailsAsync(() => Table.QueryAsync<TableEntity>(cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask());

        async Task FailsAsync(Func<Task> read)
        {
            var fault = await Assert.ThrowsAsync<StorageFormatException>(read);
            Assert.Equal(
                $"A row of the table '{_name}' has the storage format {StorageFormat.Newest + 1}, and this version of the service reads the "
                    + $"formats {StorageFormat.Oldest} and {StorageFormat.Newest}; run a newer version.",
                fault.Message);
        }
    }

    [Fact]
    public async Task Read_KeysAloneOfANewerRow_AreTaken()
    {
        await Stored.AddEntityAsync(
            new TableEntity("newer", KeyRow.Row) { [StorageFormat.Member] = StorageFormat.Newest + 1 }, Cancellation);

        Assert.Single(await Table.QueryAsync<TableEntity>(select: ["RowKey"], cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public void Rows_OfAllSlices_HaveANumber() =>
        Assert.DoesNotContain(
            typeof(StorageFormat).Assembly.GetTypes(),
            t => !t.IsInterface && t.IsAssignableTo(typeof(ITableEntity)) && !t.IsAssignableTo(typeof(IStoredRow)));

    private sealed class Unnumbered : ITableEntity
    {
        public string PartitionKey { get; set; } = "p";

        public string RowKey { get; set; } = "r";

        public DateTimeOffset? Timestamp { get; set; }

        public ETag ETag { get; set; }
    }
}
