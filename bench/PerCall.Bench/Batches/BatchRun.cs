using System.Diagnostics;
using Azure.Storage.Blobs.Specialized;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Bench.Batches;

/// <summary>Has a file scored by a running service, and takes the time.</summary>
internal static class BatchRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends a file straight into storage.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> SendAsync(PerCallClient client, string name, Stream content, CancellationToken cancellation)
    {
        var upload = await client.CreateUploadAsync(new() { Filename = name }, cancellation);
        await new BlockBlobClient(upload.Url).UploadAsync(content, cancellationToken: cancellation);
        return upload.FileId!;
    }

    /// <returns>The batch as it ended, and seconds from its first shard's giving out to its end.</returns>
    /// <param name="client">Of the tenant.</param>
    /// <param name="file">That was sent.</param>
    /// <param name="endpoint">Of the batch.</param>
    /// <param name="model">Of the batch.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="interval">Between two looks.</param>
    public static async Task<(Batch Batch, double Seconds)> ScoreAsync(
        PerCallClient client, string file, string endpoint, string model, CancellationToken cancellation, TimeSpan? interval = null)
    {
        var batch = await client.CreateBatchAsync(new() { InputFileId = file, Endpoint = endpoint, Model = model }, cancellation);
        long started = 0;
        while (true)
        {
            batch = await client.GetBatchAsync(batch.Id, cancellation);
            if (started == 0 && batch.Status != "validating")
            {
                started = Stopwatch.GetTimestamp();
            }

            if (batch.Status is "completed")
            {
                return (batch, Stopwatch.GetElapsedTime(started).TotalSeconds);
            }

            if (batch.Status is "failed" or "cancelled" or "expired")
            {
                throw new InvalidOperationException($"The batch is {batch.Status}: {batch.Errors?.Data[0].Message}");
            }

            await Task.Delay(interval ?? Interval, cancellation);
        }
    }
}
