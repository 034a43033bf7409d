using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using PerCall.Hosting.Blobs;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

/// <summary>What crashes at inconvenient moments leave behind.</summary>
public sealed class BlobReceiptTests(AzuriteFixture azurite, BlobReceiptTests.WithoutScanner fixture)
    : IClassFixture<BlobReceiptTests.WithoutScanner>
{
    [Fact]
    public async Task Scanner_DiedBetweenMessageAndReceipt_TheNextSendsTheMessageAgain()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.UploadAsync("letters", "half.txt", "x");
        await SendAsync(app, "half.txt", await ETagAsync(app, "half.txt"));

        var service = await app.StartAsync();

        // One message is that of the scanner that died, one that of the next.
        await service.WaitForLinesAsync("@letter half x", 2);
        Assert.Equal(1, await app.HostContainer().GetBlobsAsync(new() { Prefix = $"percall/receipts/{app.Prefix}/letter/" }).CountAsync());
    }

    [Fact]
    public async Task Scanner_ReceiptOfAnOlderVersion_SendsAMessageForTheNewOne()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.UploadAsync("letters", "kept.txt", "x");
        await app.UploadAsync("letters", "changed.txt", "old");
        await WriteReceiptAsync(app, "kept.txt");
        await WriteReceiptAsync(app, "changed.txt");
        await app.UploadAsync("letters", "changed.txt", "new");

        var service = await app.StartAsync();

        await service.WaitForLineAsync("@letter changed new");
        // Another upload, so that a whole scan lies between.
        await app.UploadAsync("letters", "after.txt", "x");
        await service.WaitForLineAsync("@letter after");
        Assert.DoesNotContain(service.Lines, l => l.StartsWith("@letter kept", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "it is deleted")]
    [InlineData(false, "it has changed since")]
    public async Task Message_BlobIsNotWhatItWas_IsSkipped(bool deleted, string reason)
    {
        var (app, service) = (fixture.App, fixture.Service);
        var name = deleted ? "gone" : "changed";
        await app.UploadAsync("letters", $"{name}.txt", "old");
        var etag = await ETagAsync(app, $"{name}.txt");
        if (deleted)
        {
            await app.Container("letters").DeleteBlobAsync($"{name}.txt");
        }
        else
        {
            await app.UploadAsync("letters", $"{name}.txt", "new");
        }

        await SendAsync(app, $"{name}.txt", etag);

        await WaitUntilSkippedAsync(service, $"{name}.txt", reason);
        Assert.DoesNotContain(service.Lines, l => l.StartsWith($"@letter {name} ", StringComparison.Ordinal));
    }

    private static Task<string> WaitUntilSkippedAsync(ServiceProcess service, string blob, string reason) => service.WaitForLineAsync(l =>
        l.Contains("skips blob", StringComparison.Ordinal) && l.Contains($"/{blob}:", StringComparison.Ordinal) &&
        l.Contains(reason, StringComparison.Ordinal));

    private static async Task<ETag> ETagAsync(TestApp app, string blob) =>
        (await app.Container("letters").GetBlobClient(blob).GetPropertiesAsync()).Value.ETag;

    private static async Task WriteReceiptAsync(TestApp app, string blob)
    {
        await app.HostContainer().CreateIfNotExistsAsync();
        await app.HostContainer()
            .GetBlobClient($"percall/receipts/{app.Prefix}/letter/{BlobReceipts.Key($"{app.Prefix}-letters", blob)}")
            .UploadAsync(BinaryData.Empty, new BlobUploadOptions
            {
                Metadata = new Dictionary<string, string> { ["etag"] = (await ETagAsync(app, blob)).ToString("G").Trim('"') },
            });
    }

    private static async Task SendAsync(TestApp app, string blob, ETag etag)
    {
        var queue = new QueueClient(app.ConnectionString, $"azure-webjobs-blobtrigger-{app.Prefix}");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(new BlobNotification
        {
            FunctionId = "Host.Functions.letter",
            ContainerName = $"{app.Prefix}-letters",
            BlobName = blob,
            ETag = etag.ToString("H"),
        }.ToJson());
    }

    /// <summary>A process without a scanner: another instance holds the scanner's lock, and all messages are those of the tests.</summary>
    public sealed class WithoutScanner(AzuriteFixture azurite) : IAsyncLifetime
    {
        private readonly TestApp _app = new(azurite.ConnectionString);
        private ServiceProcess? _service;

        internal TestApp App => _app;

        internal ServiceProcess Service => _service ?? throw new InvalidOperationException("The service is not started.");

        public async ValueTask InitializeAsync()
        {
            await _app.HostContainer().CreateIfNotExistsAsync();
            var blob = _app.HostContainer().GetBlobClient($"locks/{_app.Prefix}/blobs");
            await blob.UploadAsync(BinaryData.Empty);
            await blob.GetBlobLeaseClient().AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
            _service = await _app.StartAsync();
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
