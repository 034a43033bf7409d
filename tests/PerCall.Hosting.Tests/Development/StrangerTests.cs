using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using PerCall.Hosting.Development;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Development;

/// <summary>A service on ports that belong to another's storage by now.</summary>
public sealed class StrangerTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Storage_OfATest_RefusesWhoHasNotItsAccount()
    {
        const string Name = "strangers";
        var queue = new QueueServiceClient(azurite.ConnectionString).GetQueueClient(Name);
        await queue.CreateAsync(cancellationToken: Cancellation);
        await queue.SendMessageAsync("work", Cancellation);
        await new BlobServiceClient(azurite.ConnectionString).CreateBlobContainerAsync(Name, cancellationToken: Cancellation);
        await new TableServiceClient(azurite.ConnectionString).CreateTableAsync(Name, Cancellation);

        var stranger = AzuritePorts.From(new BlobServiceClient(azurite.ConnectionString).Uri.Port).ConnectionString;

        await RefusedAsync(() => new QueueServiceClient(stranger).GetQueueClient(Name).ReceiveMessagesAsync(Cancellation));
        await RefusedAsync(
            () => new BlobServiceClient(stranger).GetBlobContainerClient(Name).GetPropertiesAsync(cancellationToken: Cancellation));
        await RefusedAsync(
            () => new TableServiceClient(stranger).GetTableClient(Name).AddEntityAsync(new TableEntity("p", "r"), Cancellation));
        Assert.Single((await queue.ReceiveMessagesAsync(Cancellation)).Value);
    }

    // What is asked for is there; one service calls it forbidden, another not found.
    private static async Task RefusedAsync(Func<Task> request) =>
        Assert.Contains((await Assert.ThrowsAnyAsync<RequestFailedException>(request)).Status, (int[])[403, 404]);
}
