using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using PerCall.Hosting.Blobs;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

/// <summary>What crashes at inconvenient moments leave behind.</summary>
public sealed class BlobReceiptTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Scanner_DiedBetweenReceiptAndMessage_TheNextSendsTheMessage()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.UploadAsync("letters", "half.txt", "x");
        await WriteReceiptAsync(app, "half.txt", BlobReceiptState.Noticed, "lost");

        var service = await app.StartAsync();

        await service.WaitForLineAsync("@letter half x");
    }

    [Theory]
    [InlineData("Noticed", "token", true)]
    [InlineData("Started", "token", true)]
    [InlineData("Complete", "token", false)]
    [InlineData("Noticed", "another", false)]
    public async Task Message_ArrivesWithAReceipt_RunsOnlyIfItIsTheOne(string state, string token, bool runs)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await HoldScannerAsync(app);
        await app.UploadAsync("letters", "one.txt", "x");
        var etag = await WriteReceiptAsync(app, "one.txt", Enum.Parse<BlobReceiptState>(state), "token");

        await SendAsync(app, "one.txt", etag, token);
        var service = await app.StartAsync();

        if (runs)
        {
            await service.WaitForLineAsync("@letter one x");
        }
        else
        {
            await service.WaitForLineAsync(l => l.Contains("skips blob", StringComparison.Ordinal) && l.Contains("another message", StringComparison.Ordinal));
            Assert.DoesNotContain(service.Lines, l => l.StartsWith("@letter", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(true, "it is deleted")]
    [InlineData(false, "it has changed since")]
    public async Task Message_BlobIsNotWhatItWas_IsSkipped(bool deleted, string reason)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await HoldScannerAsync(app);
        await app.UploadAsync("letters", "two.txt", "old");
        var etag = await WriteReceiptAsync(app, "two.txt", BlobReceiptState.Noticed, "token");
        await SendAsync(app, "two.txt", etag, "token");
        if (deleted)
        {
            await app.Container("letters").DeleteBlobAsync("two.txt");
        }
        else
        {
            await app.UploadAsync("letters", "two.txt", "new");
        }

        var service = await app.StartAsync();

        await service.WaitForLineAsync(l => l.Contains("skips blob", StringComparison.Ordinal) && l.Contains(reason, StringComparison.Ordinal));
        Assert.DoesNotContain(service.Lines, l => l.StartsWith("@letter", StringComparison.Ordinal));
    }

    // Another instance would be the scanner for the length of the test.
    private static async Task HoldScannerAsync(TestApp app)
    {
        await app.HostContainer().CreateIfNotExistsAsync();
        var blob = app.HostContainer().GetBlobClient($"locks/{app.Prefix}/blobs");
        await blob.UploadAsync(BinaryData.Empty);
        await blob.GetBlobLeaseClient().AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
    }

    private static async Task<ETag> WriteReceiptAsync(TestApp app, string blob, BlobReceiptState state, string token)
    {
        var etag = (await app.Container("letters").GetBlobClient(blob).GetPropertiesAsync()).Value.ETag;
        await app.HostContainer().CreateIfNotExistsAsync();
        await app.HostContainer()
            .GetBlobClient($"percall/receipts/{app.Prefix}/letter/{BlobReceipts.Key($"{app.Prefix}-letters", blob)}")
            .UploadAsync(BinaryData.Empty, new BlobUploadOptions
            {
                Metadata = new Dictionary<string, string> { ["etag"] = BlobReceipt.Version(etag), ["state"] = state.ToString(), ["token"] = token },
            });
        return etag;
    }

    private static async Task SendAsync(TestApp app, string blob, ETag etag, string token)
    {
        var queue = new QueueClient(app.ConnectionString, $"azure-webjobs-blobtrigger-{app.Prefix}");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(new BlobNotification
        {
            FunctionId = "Host.Functions.letter",
            ContainerName = $"{app.Prefix}-letters",
            BlobName = blob,
            ETag = etag.ToString("H"),
            Token = token,
        }.ToJson());
    }
}
