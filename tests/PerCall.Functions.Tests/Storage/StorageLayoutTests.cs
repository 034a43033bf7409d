using Azure.Data.Tables;
using Azure.Data.Tables.Sas;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Storage;

public sealed class StorageLayoutTests(AzuriteFixture azurite)
{
    private readonly string _name = $"layout{Guid.NewGuid():n}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_NotToCreate_NamesAllThatIsMissingAndMakesNothing()
    {
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => Layout(create: false).StartAsync(Cancellation));

        Assert.Equal(
            new[] { "container", "queue", "table" }.Select(
                kind =>
                    $"The {kind} '{_name}' in storage account {azurite.Account} is missing, and PerCall:Storage:Create is false; deploy it, or set PerCall:Storage:Create to true."), fault.Failures);
        Assert.False(await Blobs.GetBlobContainerClient(_name).ExistsAsync(Cancellation));
        Assert.False(await Queues.GetQueueClient(_name).ExistsAsync(Cancellation));
        Assert.Empty(await Tables.QueryAsync(t => t.Name == _name, cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Start_NotToCreate_TakesWhatIsThere()
    {
        await Layout(create: true).StartAsync(Cancellation);

        await Layout(create: false).StartAsync(Cancellation);
    }

    [Fact]
    public async Task Start_NotToCreate_NamesTheOneThatIsMissing()
    {
        await Layout(create: true).StartAsync(Cancellation);
        await Queues.GetQueueClient(_name).DeleteAsync(Cancellation);

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => Layout(create: false).StartAsync(Cancellation));

        Assert.StartsWith($"The queue '{_name}' ", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "the role 'Storage Table Data Contributor' on the storage account")]
    [InlineData(false, "it needs the role 'Storage Table Data Contributor' on the table.")]
    public async Task Start_AccessToTablesIsNotGranted_NamesTheRoleAndTheScope(bool create, string advice)
    {
        await Layout(create: true).StartAsync(Cancellation);
        // A signature stands in for an identity: it lets into some of the account, and storage refuses the rest with the same answer.
        var signed = new TableServiceClient(
            Tables.GenerateSasUri(
                TableAccountSasPermissions.Delete, TableAccountSasResourceTypes.Object, TimeProvider.System.GetUtcNow().AddMinutes(5)));

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => Layout(create, signed).StartAsync(Cancellation));

        var said = Assert.Single(fault.Failures);
        Assert.StartsWith($"The table '{_name}' in storage account {azurite.Account} ", said, StringComparison.Ordinal);
        Assert.Contains(advice, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TablesDoNotAnswer_SaysSoOfTheTable()
    {
        using var ports = new ReservedPorts();
        var closed = new TableServiceClient(
            new Uri($"http://127.0.0.1:{ports.First}/devstoreaccount1"), new TableSharedKeyCredential("devstoreaccount1", "a2V5"),
            new TableClientOptions { Retry = { MaxRetries = 0 } });

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => Layout(create: true, closed).StartAsync(Cancellation));

        Assert.StartsWith(
            $"The table '{_name}' in storage account devstoreaccount1 is unavailable: ", Assert.Single(fault.Failures),
            StringComparison.Ordinal);
    }

    private RequiredContainer[] Container => [new(_name, Kept: false)];

    private BlobServiceClient Blobs => new(azurite.ConnectionString);

    private QueueServiceClient Queues => new(azurite.ConnectionString);

    private TableServiceClient Tables => new(azurite.ConnectionString);

    private StorageLayout Layout(bool create, TableServiceClient? signed = null) =>
        new(
            signed ?? Tables, new(Blobs, Blobs, Container), Queues, [new(_name, TableBackupRule.All)], Container, [new(_name)],
            Options.Create(new StorageOptions { Create = create }));
}
