using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Starts a batch for each file that is uploaded to the container <c>inbox</c>.</summary>
public sealed class InboxFunctions(Inbox inbox)
{
    [Function("TakeUpload")]
    public Task Take(
        [BlobTrigger(InboxPath.Pattern, Source = BlobTriggerSource.EventGrid)] BlobClient blob,
        CancellationToken cancellation) => inbox.TakeAsync(blob.Name, cancellation);
}
