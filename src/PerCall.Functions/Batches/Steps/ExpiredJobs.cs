using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Uploads;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Removes files, results and what is known of batches when their time is over.</summary>
public sealed class ExpiredJobs
{
    private static readonly TimeSpan KeysKept = TimeSpan.FromDays(1);

    private readonly BlobServiceClient _blobs;
    private readonly JobTable _table;
    private readonly ShardTable _shards;
    private readonly JobOrigins _origins;
    private readonly BatchOptions _options;
    private readonly TimeProvider _time;

    internal ExpiredJobs(BlobServiceClient blobs, JobTable table, ShardTable shards, JobOrigins origins, IOptions<BatchOptions> options, TimeProvider time) =>
        (_blobs, _table, _shards, _origins, _options, _time) = (blobs, table, shards, origins, options.Value, time);

    internal async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = _time.GetUtcNow() - _options.Kept;
        await foreach (var (account, id) in _table.EndedBeforeAsync(before, cancellation))
        {
            await _shards.RemoveAsync(id, cancellation);
            await _table.RemoveAsync(account, id, cancellation);
        }

        foreach (var container in (string[])[FileStore.Container, ResultFiles.Container, InboxPath.Container])
        {
            await RemoveBlobsAsync(_blobs.GetBlobContainerClient(container), before, cancellation);
        }

        await _origins.ForgetAsync(_time.GetUtcNow() - KeysKept, cancellation);
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
