using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Formats;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Storage.Formats;

public sealed class FormatGateTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly string _name = $"service{Guid.NewGuid():n}";
    private readonly string _other = $"other{Guid.NewGuid():n}";
    private readonly TableServiceClient _account = new(azurite.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _account.CreateTableAsync(_name, Cancellation);
        await _account.CreateTableAsync(_other, Cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Start_NewAccount_RecordsTheFormatOnce()
    {
        await Task.WhenAll(StartAsync(), StartAsync());

        Assert.Equal((StorageFormat.Written, StorageFormat.Written), await RecordedAsync());
    }

    [Fact]
    public async Task Start_DataFromBeforeNumbers_RecordsIt()
    {
        await _account.GetTableClient(_other).AddEntityAsync(new TableEntity("p", "r"), Cancellation);

        await StartAsync();

        Assert.Equal((StorageFormat.Written, 0), await RecordedAsync());
    }

    [Fact]
    public async Task Start_OlderFormat_IsRaised()
    {
        await RecordAsync(StorageFormat.Oldest, StorageFormat.Oldest);

        await StartAsync();

        Assert.Equal((StorageFormat.Written, StorageFormat.Oldest), await RecordedAsync());
    }

    [Theory]
    [InlineData(StorageFormat.Newest + 1, StorageFormat.Newest, "deploy the version that wrote it, or a newer one.")]
    [InlineData(StorageFormat.Newest, StorageFormat.Oldest - 1, "deploy the versions in between first, one after the other.")]
    public async Task Start_FormatThatIsNotRead_IsRefused(int newest, int oldest, string advice)
    {
        await RecordAsync(newest, oldest);

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(StartAsync);

        Assert.Equal(
            $"The storage account has data in the formats {oldest} to {newest}, and this version of the service reads "
                + $"{StorageFormat.Oldest} to {StorageFormat.Newest}; {advice}",
            Assert.Single(fault.Failures));
        Assert.Equal((newest, oldest), await RecordedAsync());
    }

    private Task StartAsync() => new FormatGate(
        new FormattedTables(_account), [new(_name, TableBackupRule.All), new(_other, TableBackupRule.All)], _name).StartAsync(Cancellation);

    private Task<Response> RecordAsync(int newest, int oldest) => _account.GetTableClient(_name).AddEntityAsync(
        new FormatRow { Format = newest, Newest = newest, Oldest = oldest }, Cancellation);

    private async Task<(int Newest, int Oldest)> RecordedAsync()
    {
        var rows = await _account.GetTableClient(_name).QueryAsync<FormatRow>(cancellationToken: Cancellation)
            .ToListAsync(Cancellation);
        var row = Assert.Single(rows);
        return (row.Newest, row.Oldest);
    }
}
