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
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => Layout(create: false).StartAsync(Cancellation));

        Assert.Contains("PerCall:Storage:Create is false", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"container '{_name}' is missing, queue '{_name}' is missing, table '{_name}' is missing", fault.Message, StringComparison.Ordinal);
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

        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => Layout(create: false).StartAsync(Cancellation));

        Assert.EndsWith($" queue '{_name}' is missing.", fault.Message, StringComparison.Ordinal);
    }

    private BlobServiceClient Blobs => new(azurite.ConnectionString);

    private QueueServiceClient Queues => new(azurite.ConnectionString);

    private TableServiceClient Tables => new(azurite.ConnectionString);

    private StorageLayout Layout(bool create) =>
        new(Tables, Blobs, Queues, [new(_name)], [new(_name)], [new(_name)], Options.Create(new StorageOptions { Create = create }));
}
