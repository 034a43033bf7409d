using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Turns;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Stores deliveries: rows of the table <c>webhooks</c>, with long bodies in the container of the same name.</summary>
public sealed class DeliveryStore
{
    public const string Name = "webhooks";

    // A table property can hold 64 KiB.
    private const int MaxInRow = 60_000;

    private readonly BlobContainerClient _bodies;

    /// <param name="table">The table.</param>
    /// <param name="bodies">The container.</param>
    /// <param name="targets">Limits how many attempts a target takes at once.</param>
    /// <param name="options">The options that limit how many of a tenant's deliveries run at once and wait.</param>
    /// <param name="time">The clock.</param>
    public DeliveryStore(TableClient table, BlobContainerClient bodies, TargetStore targets, WebhookOptions options, TimeProvider time)
    {
        _bodies = bodies;
        Rows = new(table, time);
        Turns = new(
            Rows,
            new(options.AtOncePerTenant, options.MaxWaiting, options.Grace),
            async (account, target, cancellation) =>
                TargetBreaker.LimitOf(await targets.FindAsync(account, target, cancellation), time.GetUtcNow()),
            time);
    }

    public TrackedTable<DeliveryRow> Rows { get; }

    /// <summary>Decides which attempt is made next.</summary>
    public TurnTable<DeliveryRow> Turns { get; }

    /// <summary>Stores a body, before its row says that it exists. If two bodies are stored for the same event, the first counts.</summary>
    public async Task KeepBodyAsync(DeliveryRow row, byte[] body, CancellationToken cancellation)
    {
        if (body.Length <= MaxInRow)
        {
            row.Body = body;
            return;
        }

        try
        {
            await Blob(row).UploadAsync(
                BinaryData.FromBytes(body), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // Queued earlier, and perhaps sent already.
        }
    }

    public async Task<byte[]> BodyAsync(DeliveryRow row, CancellationToken cancellation) =>
        row.Body ?? (await Blob(row).DownloadContentAsync(cancellation)).Value.Content.ToArray();

    /// <summary>Deletes a delivery and releases its turn or its place in line.</summary>
    public async Task RemoveAsync(DeliveryRow row, CancellationToken cancellation)
    {
        if (row.State == DeliveryRow.Waiting && !await Turns.TryLeaveAsync(row, cancellation))
        {
            return;
        }

        if (row.Body is null)
        {
            await Blob(row).DeleteIfExistsAsync(cancellationToken: cancellation);
        }

        await Rows.TryRemoveAsync(row, [], cancellation);
    }

    private BlobClient Blob(DeliveryRow row) => _bodies.GetBlobClient($"{row.PartitionKey}/{row.Id}");
}
