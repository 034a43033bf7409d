using Azure.Storage.Blobs;
using PerCall.Testing;

namespace PerCall.Inference.Tests.Registry;

/// <summary>A container of a test's own.</summary>
internal static class BlobContainers
{
    public static async Task<BlobContainerClient> CreateAsync(AzuriteFixture azurite, CancellationToken cancellation)
    {
        var container = new BlobServiceClient(azurite.ConnectionString).GetBlobContainerClient($"models-{Guid.NewGuid():n}");
        await container.CreateAsync(cancellationToken: cancellation);
        return container;
    }

    public static async Task<List<string>> NamesAsync(this BlobContainerClient container, CancellationToken cancellation)
    {
        var names = new List<string>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellation))
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
