using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Idempotency;

/// <summary>Stores answers by tenant and Idempotency-Key: rows of a table, with long bodies as blobs.</summary>
public sealed class AnswerStore(TableServiceClient tables, BlobContainers containers)
{
    public const string Table = "idempotency";
    public const string Container = "answers";

    // A table property can hold 64 KiB.
    private const int MaxInRow = 60_000;

    private readonly TableClient _rows = tables.GetTableClient(Table);
    private readonly BlobContainerClient _bodies = containers[Container];

    /// <returns>False: the row exists already.</returns>
    public async Task<bool> TryBeginAsync(AnswerRow row, CancellationToken cancellation)
    {
        try
        {
            row.ETag = (await _rows.AddEntityAsync(row, cancellation)).Headers.ETag!.Value;
            return true;
        }
        catch (RequestFailedException e) when (e.AlreadyExists())
        {
            return false;
        }
    }

    public async Task<AnswerRow?> FindAsync(string account, string hash, CancellationToken cancellation) =>
        await _rows.GetEntityIfExistsAsync<AnswerRow>(
            account, hash, cancellationToken: cancellation) is { HasValue: true, Value: var row } ? row : null;

    /// <summary>Replaces the row unless another process has changed it.</summary>
    /// <returns>False: another process has changed the row.</returns>
    public async Task<bool> TryReplaceAsync(AnswerRow row, CancellationToken cancellation)
    {
        try
        {
            row.ETag = (await _rows.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellation)).Headers.ETag!.Value;
            return true;
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            return false;
        }
    }

    /// <summary>Stores a body, before the row says that it exists.</summary>
    public async Task KeepBodyAsync(AnswerRow row, byte[] body, CancellationToken cancellation)
    {
        if (body.Length <= MaxInRow)
        {
            row.Body = body;
            return;
        }

        await Blob(row).UploadAsync(BinaryData.FromBytes(body), overwrite: true, cancellation);
    }

    public async Task<byte[]> BodyAsync(AnswerRow row, CancellationToken cancellation) =>
        row.Body ?? (await Blob(row).DownloadContentAsync(cancellation)).Value.Content.ToArray();

    /// <summary>Deletes the row and its body, unless another process has changed the row.</summary>
    public async Task RemoveAsync(AnswerRow row, CancellationToken cancellation)
    {
        try
        {
            await _rows.DeleteEntityAsync(row, row.ETag, cancellation);
            if (row is { Body: null, Charge: not null })
            {
                await Blob(row).DeleteIfExistsAsync(cancellationToken: cancellation);
            }
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            // The row now belongs to another call.
        }
    }

    public AsyncPageable<AnswerRow> ExpiredAsync(DateTimeOffset now, CancellationToken cancellation) =>
        _rows.QueryAsync<AnswerRow>(r => r.Expires < now, cancellationToken: cancellation);

    private BlobClient Blob(AnswerRow row) => _bodies.GetBlobClient($"{row.PartitionKey}/{row.RowKey}-{row.Attempt}");
}
