using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using PerCall.Backups;
using Xunit;

namespace PerCall.Functions.Tests.Backups;

public sealed class ModelVersionRestoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_OfARemovedVersion_BringsBackItsFilesAndThenItsManifest(bool areVersionsDeleted)
    {
        using var storage = new VersionedBlobs();
        Publish(storage, "first");
        Remove(storage, "first");
        Publish(storage, "second");
        Remove(storage, "second");
        if (areVersionsDeleted)
        {
            foreach (var name in (string[])["model.json", "second/model.onnx", "second/labels.txt"])
            {
                storage.DeleteVersions($"fashion/1/{name}");
            }
        }

        await Models(storage).RunAsync("fashion", "1", _ => { }, Cancellation);

        Assert.Equal(["fashion/1/model.json", "fashion/1/second/labels.txt", "fashion/1/second/model.onnx"], storage.Current);
        Assert.Equal("manifest of second", storage.ContentOf("fashion/1/model.json"));
        Assert.Equal("fashion/1/model.json", storage.Promoted[^1]);
        Assert.Contains(
            "exists", (await Assert.ThrowsAsync<RestoreException>(() => Models(storage).RunAsync("fashion", "1", _ => { }, Cancellation)))
                .Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OfAVersionOfWhichNothingIsKept_IsRefused()
    {
        using var storage = new VersionedBlobs();
        Publish(storage, "first");

        var refusal = await Assert.ThrowsAsync<RestoreException>(() => Models(storage).RunAsync("fashion", "2", _ => { }, Cancellation));

        Assert.Contains("keeps nothing of fashion/2", refusal.Message, StringComparison.Ordinal);
    }

    private static ModelVersionRestore Models(VersionedBlobs storage) => new(new BlobContainerClient(
        new Uri("https://kept.example/models"),
        new BlobClientOptions { Transport = new HttpClientTransport(storage), Retry = { MaxRetries = 0 } }));

    private static void Publish(VersionedBlobs storage, string upload)
    {
        storage.Put($"fashion/1/{upload}/model.onnx", $"model of {upload}");
        storage.Put($"fashion/1/{upload}/labels.txt", $"labels of {upload}");
        storage.Put("fashion/1/model.json", $"manifest of {upload}", upload);
    }

    private static void Remove(VersionedBlobs storage, string upload)
    {
        storage.Delete("fashion/1/model.json");
        storage.Delete($"fashion/1/{upload}/model.onnx");
        storage.Delete($"fashion/1/{upload}/labels.txt");
    }
}
