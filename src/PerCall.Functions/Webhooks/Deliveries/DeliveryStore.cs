using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Deliveries: rows of the table <c>webhooks</c>, and what is sent, where it is long, in the container of the same name.</summary>
internal sealed class DeliveryStore(TableClient table, BlobContainerClient bodies, TimeProvider time)
{
    public const string Name = "webhooks";

    // A property of a table's row holds 64 KiB.
    private const int MaxInRow = 60_000;

    public TrackedTable<DeliveryRow> Rows { get; } = new(table, time);

    /// <summary>Puts what is sent where it can be found again, before its row says that it is there. Of two for the same event the first counts.</summary>
    public async Task KeepBodyAsync(DeliveryRow row, byte[] body, CancellationToken cancellation)
    {
        if (body.Length <= MaxInRow)
        {
            row.Body = body;
            return;
        }

        try
        {
            await Blob(row).UploadAsync(BinaryData.FromBytes(body), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // Queued before, and perhaps sent already.
        }
    }

    public async Task<byte[]> BodyAsync(DeliveryRow row, CancellationToken cancellation) =>
        row.Body ?? (await Blob(row).DownloadContentAsync(cancellation)).Value.Content.ToArray();

    /// <summary>Removes a delivery that has ended.</summary>
    public async Task RemoveAsync(DeliveryRow row, CancellationToken cancellation)
    {
        if (row.Body is null)
        {
            await Blob(row).DeleteIfExistsAsync(cancellationToken: cancellation);
        }

        await Rows.TryRemoveAsync(row, [], cancellation);
    }

    private BlobClient Blob(DeliveryRow row) => bodies.GetBlobClient($"{row.PartitionKey}/{row.Id}");
}
