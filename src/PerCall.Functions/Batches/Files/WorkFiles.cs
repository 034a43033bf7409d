using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Files;

/// <summary>
/// Accesses the container <c>batches</c>, in which running jobs keep their working data under <c>&lt;account&gt;/&lt;job&gt;/…</c>.
/// </summary>
public sealed class WorkFiles(BlobContainers containers)
{
    public const string Container = "batches";

    public BlobContainerClient Blobs { get; } = containers[Container];

    public BlockBlobClient Blob(Job job, string name) => Blobs.GetBlockBlobClient(FolderOf(job) + name);

    public static string FolderOf(Job job) => $"{job.Account}/{job.Id}/";

    /// <summary>Removes all working data of a job.</summary>
    public async Task RemoveAsync(Job job, CancellationToken cancellation)
    {
        await foreach (var blob in Blobs.GetBlobsAsync(new GetBlobsOptions { Prefix = FolderOf(job) }, cancellation))
        {
            await Blobs.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
        }
    }
}
