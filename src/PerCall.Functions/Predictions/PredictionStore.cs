using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Predictions;

/// <summary>
/// Stores predictions: rows of the table <c>predictions</c>, with inputs and long outputs in the container of the same name.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="blobs">The container.</param>
/// <param name="options">The options that limit how many of a tenant's predictions run at once and wait.</param>
/// <param name="time">The clock.</param>
public sealed class PredictionStore(TableClient table, BlobContainerClient blobs, PredictionOptions options, TimeProvider time)
{
    public const string Name = "predictions";

    // A table property can hold 64 KiB.
    private const int MaxInRow = 60_000;

    private TurnTable<PredictionRow>? _turns;

    public TrackedTable<PredictionRow> Rows { get; } = new(table, time);

    /// <summary>Decides which prediction runs next.</summary>
    public TurnTable<PredictionRow> Turns =>
        _turns ??= new(
            Rows, new(options.AtOncePerTenant, options.MaxWaiting, options.Grace), (_, _, _) =>
                Task.FromResult(options.AtOncePerTenant), time);

    /// <summary>Stores an input in a blob of its own, before the row names it.</summary>
    public async Task KeepInputAsync(PredictionRow row, byte[] input, CancellationToken cancellation)
    {
        row.Input = $"{Folder(row)}/input-{Guid.CreateVersion7():n}";
        await blobs.GetBlobClient(row.Input).UploadAsync(BinaryData.FromBytes(input), cancellation);
    }

    public async Task<BinaryData> InputAsync(PredictionRow row, CancellationToken cancellation) =>
        (await blobs.GetBlobClient(row.Input).DownloadContentAsync(cancellation)).Value.Content;

    public async Task DropInputAsync(PredictionRow row, CancellationToken cancellation) =>
        await blobs.GetBlobClient(row.Input).DeleteIfExistsAsync(cancellationToken: cancellation);

    /// <summary>Stores an output apart from those of other runs, before the row names it.</summary>
    public async Task KeepOutputAsync(PredictionRow row, byte[] output, CancellationToken cancellation)
    {
        (row.Output, row.OutputBlob) = output.Length <= MaxInRow ? (output, null) : ((byte[]?)null, $"{Folder(row)}/output-{row.Claim}");
        if (row.OutputBlob is { } name)
        {
            await blobs.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(output), overwrite: true, cancellation);
        }
    }

    /// <summary>Returns the output; null if the prediction has not succeeded.</summary>
    public async Task<byte[]?> OutputAsync(PredictionRow row, CancellationToken cancellation) =>
        row.Progress != PredictionState.Succeeded ? null
        : row.OutputBlob is { } name ? (await blobs.GetBlobClient(name).DownloadContentAsync(cancellation)).Value.Content.ToArray()
        : row.Output;

    /// <summary>Deletes all blobs from before a time, including those whose rows were never written.</summary>
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
