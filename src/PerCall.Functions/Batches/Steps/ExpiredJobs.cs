using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Removes files, results and the data of batches after their retention time.</summary>
public sealed class ExpiredJobs(
    BlobContainers containers, JobTable table, ShardTable shards, JobOrigins origins, IOptions<BatchOptions> options, TimeProvider time)
{
    private static readonly TimeSpan KeysKept = TimeSpan.FromDays(1);

    private readonly BatchOptions _options = options.Value;

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - _options.Kept;
        await foreach (var (account, id) in table.EndedBeforeAsync(before, cancellation))
        {
            await shards.RemoveAsync(id, cancellation);
            await table.RemoveAsync(account, id, cancellation);
        }

        foreach (var container in (string[])[FileStore.Container, ResultFiles.Container, InboxPath.Container])
        {
            await RemoveBlobsAsync(containers[container], before, cancellation);
        }

        await origins.ForgetAsync(time.GetUtcNow() - KeysKept, cancellation);
    }

    private static async Task RemoveBlobsAsync(BlobContainerClient container, DateTimeOffset before, CancellationToken cancellation)
    {
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions(), cancellation))
        {
            if (blob.Properties.LastModified < before)
            {
                await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
            }
        }
    }
}
