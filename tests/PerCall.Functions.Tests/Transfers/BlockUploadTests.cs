using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Transfers;

public sealed class BlockUploadTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly StorageFaults _faults = new();
    private readonly string _container = $"uploads-{Guid.NewGuid():n}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Container().CreateAsync(cancellationToken: Cancellation);

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Complete_AnswerLost_SucceedsWhenTheLibraryRepeatsTheCommit()
    {
        var blob = Container().GetBlockBlobClient("file");
        using var upload = new BlockUpload(blob);
        await upload.AddAsync("content"u8.ToArray(), Cancellation);
        var commits = 0;
        _faults.Decide = r => r.IsWrite && r.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal)
            && Interlocked.Increment(ref commits) == 1 ? Fault.AfterSending : Fault.None;

        var etag = await upload.CompleteAsync(new() { IfNoneMatch = ETag.All }, Cancellation);

        Assert.Equal(2, commits);
        Assert.Equal((await blob.GetPropertiesAsync(cancellationToken: Cancellation)).Value.ETag.ToString("H"), etag.ToString("H"));
        Assert.Equal("content", (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToString());
    }

    [Fact]
    public async Task Complete_AnotherUploadWasFirst_Fails()
    {
        var blob = Container().GetBlockBlobClient("file");
        using var first = new BlockUpload(blob);
        await first.AddAsync("first"u8.ToArray(), Cancellation);
        await first.CompleteAsync(new() { IfNoneMatch = ETag.All }, Cancellation);
        using var second = new BlockUpload(blob);
        await second.AddAsync("second"u8.ToArray(), Cancellation);

        var failure = await Assert.ThrowsAsync<RequestFailedException>(
            () => second.CompleteAsync(new() { IfNoneMatch = ETag.All }, Cancellation));

        Assert.Equal(409, failure.Status);
        Assert.Equal("first", (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToString());
    }

    private BlobContainerClient Container() =>
        new(azurite.ConnectionString, _container, new BlobClientOptions { Retry = { Delay = TimeSpan.Zero } }.Through(_faults));
}
