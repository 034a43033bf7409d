using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Predictions;

/// <summary>Predictions: rows of the table <c>predictions</c>; inputs and long outputs in the container of the same name.</summary>
/// <param name="table">The table.</param>
/// <param name="blobs">The container.</param>
/// <param name="options">Say how many of a tenant run at once, and how many may wait.</param>
/// <param name="time">The clock.</param>
public sealed class PredictionStore(TableClient table, BlobContainerClient blobs, PredictionOptions options, TimeProvider time)
{
    public const string Name = "predictions";

    // A property of a table's row holds 64 KiB.
    private const int MaxInRow = 60_000;

    private TurnTable<PredictionRow>? _turns;

    public TrackedTable<PredictionRow> Rows { get; } = new(table, time);

    /// <summary>Which prediction runs next.</summary>
    public TurnTable<PredictionRow> Turns =>
        _turns ??= new(
            Rows, new(options.AtOncePerTenant, options.MaxWaiting, options.Grace), (_, _, _) =>
                Task.FromResult(options.AtOncePerTenant), time);

    /// <summary>Puts an input where no other is, before its row says that it is there.</summary>
    public async Task KeepInputAsync(PredictionRow row, byte[] input, CancellationToken cancellation)
    {
        row.Input = $"{Folder(row)}/input-{Guid.CreateVersion7():n}";
        await blobs.GetBlobClient(row.Input).UploadAsync(BinaryData.FromBytes(input), cancellation);
    }

    public async Task<BinaryData> InputAsync(PredictionRow row, CancellationToken cancellation) =>
        (await blobs.GetBlobClient(row.Input).DownloadContentAsync(cancellation)).Value.Content;

    public async Task DropInputAsync(PredictionRow row, CancellationToken cancellation) =>
        await blobs.GetBlobClient(row.Input).DeleteIfExistsAsync(cancellationToken: cancellation);

    /// <summary>Puts an output where no other run's is, before its row says that it is there.</summary>
    public async Task KeepOutputAsync(PredictionRow row, byte[] output, CancellationToken cancellation)
    {
        (row.Output, row.OutputBlob) = output.Length <= MaxInRow ? (output, null) : ((byte[]?)null, $"{Folder(row)}/output-{row.Claim}");
        if (row.OutputBlob is { } name)
        {
            await blobs.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(output), overwrite: true, cancellation);
        }
    }

    /// <summary>Null where there is none: it has not succeeded.</summary>
    public async Task<byte[]?> OutputAsync(PredictionRow row, CancellationToken cancellation) =>
        row.Progress != PredictionState.Succeeded ? null
        : row.OutputBlob is { } name ? (await blobs.GetBlobClient(name).DownloadContentAsync(cancellation)).Value.Content.ToArray()
        : row.Output;

    /// <summary>Removes all blobs of a time, those among them whose rows never came to be.</summary>
    public async Task RemoveBlobsAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await foreach (var blob in blobs.GetBlobsAsync(cancellationToken: cancellation))
        {
            if (blob.Properties.CreatedOn < before)
            {
                await blobs.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
            }
        }
    }

    private static string Folder(PredictionRow row) => $"{row.PartitionKey}/{row.Id}";
}
