using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Files that are uploaded into the container <c>inbox</c> begin a batch by themselves.</summary>
public sealed class InboxFunctions(Inbox inbox)
{
    [Function("TakeUpload")]
    public Task Take(
        [BlobTrigger(InboxPath.Pattern, Source = BlobTriggerSource.EventGrid)] BlobClient blob,
        CancellationToken cancellation) => inbox.TakeAsync(blob.Name, cancellation);
}
