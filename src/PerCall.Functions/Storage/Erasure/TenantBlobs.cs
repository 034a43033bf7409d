using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Functions.Storage.Erasure;

/// <summary>A container whose blobs are under <c>&lt;account&gt;/</c>. An erasure removes all of them.</summary>
public sealed class TenantBlobs(BlobContainerClient container, string? count) : ITenantData
{
    public IReadOnlyCollection<string> Stores => [TenantDataServices.Container(container.Name)];

    public string? Count => count;

    public async Task<int> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        var removed = 0;
        try
        {
            await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{account}/" }, cancellationToken))
            {
                removed += await container.DeleteBlobIfExistsAsync(
                    blob.Name, DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken) ? 1 : 0;
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // The container does not exist yet.
        }

        return removed;
    }
}
