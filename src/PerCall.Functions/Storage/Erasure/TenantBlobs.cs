using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Functions.Storage.Erasure;

/// <summary>A container whose blobs are under <c>&lt;account&gt;/</c>. An erasure removes all of them.</summary>
/// <param name="container">The container.</param>
/// <param name="count">The member of the result that counts the blobs; null when they are not counted.</param>
/// <param name="recoverableFor">How long the container's account retains deleted blobs.</param>
public sealed class TenantBlobs(BlobContainerClient container, string? count, TimeSpan recoverableFor) : ITenantData
{
    public IReadOnlyCollection<string> Stores => [TenantDataServices.Container(container.Name)];

    public string? Count => count;

    public TimeSpan RecoverableFor => recoverableFor;

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
