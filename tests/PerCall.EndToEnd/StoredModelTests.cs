using System.Net;
using Azure.Storage.Blobs;
using PerCall.Client;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Stored bytes that somebody changes behind the service's back.</summary>
public sealed class StoredModelTests(Service service)
{
    [Fact]
    public async Task Blob_ChangedUnderALoadedModel_GoodOneServesAndBadOneIsNeverLoaded()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var zip = new MemoryStream(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", "tampered").Zip());
        await service.Operator.PublishModelAsync(zip, cancellation);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-5.png"), cancellation);
        Assert.Equal("5", (await service.Client.ClassifyImageAsync(image, "tampered", 1, cancellation)).Predictions[0].Label);

        var container = new BlobServiceClient(service.Azurite.KeptConnectionString).GetBlobContainerClient("models");
        await foreach (var blob in container.GetBlobsAsync(
            new Azure.Storage.Blobs.Models.GetBlobsOptions { Prefix = "tampered/" }, cancellation))
        {
            if (blob.Name.EndsWith("/model.onnx", StringComparison.Ordinal))
            {
                await container.GetBlobClient(blob.Name).UploadAsync(
                    BinaryData.FromString("not what was published"), overwrite: true, cancellation);
            }
        }

        Assert.Equal("5", (await service.Client.ClassifyImageAsync(image, "tampered", 1, cancellation)).Predictions[0].Label);
        await using var fresh = await service.StartAnotherAsync();
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => service.ClientOf(fresh).ClassifyImageAsync(image, "tampered", 1, cancellation));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_corrupt"), (refusal.Status, refusal.Problem?.Code));
        Assert.Contains("model.onnx of tampered/1 has the SHA-256", refusal.Message, StringComparison.Ordinal);
    }
}
