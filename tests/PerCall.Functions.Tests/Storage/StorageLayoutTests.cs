using Azure.Data.Tables;
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
            ((string[])["container", "queue", "table"]).Select(what => $"PerCall:Storage:Create is false, and in the storage account devstoreaccount1 the {what} '{_name}' is missing."), fault.Failures);
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

        Assert.EndsWith($"the queue '{_name}' is missing.", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    private BlobServiceClient Blobs => new(azurite.ConnectionString);

    private QueueServiceClient Queues => new(azurite.ConnectionString);

    private TableServiceClient Tables => new(azurite.ConnectionString);

    private StorageLayout Layout(bool create) =>
        new(Tables, Blobs, Queues, [new(_name)], [new(_name)], [new(_name)], Options.Create(new StorageOptions { Create = create }));
}
