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
        var (app, service) = (fixture.App, fixture.Service);
        var name = $"{state}-{token}";
        await app.UploadAsync("letters", $"{name}.txt", "x");
        var etag = await WriteReceiptAsync(app, $"{name}.txt", Enum.Parse<BlobReceiptState>(state), "token");

        await SendAsync(app, $"{name}.txt", etag, token);

        if (runs)
        {
            await service.WaitForLineAsync($"@letter {name} x");
        }
        else
        {
            await WaitUntilSkippedAsync(service, $"{name}.txt", "another message");
            Assert.DoesNotContain(service.Lines, l => l.StartsWith($"@letter {name} ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(true, "it is deleted")]
    [InlineData(false, "it has changed since")]
    public async Task Message_BlobIsNotWhatItWas_IsSkipped(bool deleted, string reason)
    {
        var (app, service) = (fixture.App, fixture.Service);
        var name = deleted ? "gone" : "changed";
        await app.UploadAsync("letters", $"{name}.txt", "old");
        var etag = await WriteReceiptAsync(app, $"{name}.txt", BlobReceiptState.Noticed, "token");
        if (deleted)
        {
            await app.Container("letters").DeleteBlobAsync($"{name}.txt");
        }
        else
        {
            await app.UploadAsync("letters", $"{name}.txt", "new");
        }

        await SendAsync(app, $"{name}.txt", etag, "token");

        await WaitUntilSkippedAsync(service, $"{name}.txt", reason);
        Assert.DoesNotContain(service.Lines, l => l.StartsWith($"@letter {name} ", StringComparison.Ordinal));
    }

    private static Task<string> WaitUntilSkippedAsync(ServiceProcess service, string blob, string reason) => service.WaitForLineAsync(l =>
        l.Contains("skips blob", StringComparison.Ordinal) && l.Contains($"/{blob}:", StringComparison.Ordinal) &&
        l.Contains(reason, StringComparison.Ordinal));

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
