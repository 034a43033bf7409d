using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Models.Publications;

/// <summary>
/// Stores the records of publications beside the uploaded packages. They are removed with them, a day after their last change.
/// </summary>
public sealed class PublicationRecords(BlobContainers containers)
{
    private readonly BlobContainerClient _container = containers[PackageUploads.ContainerName];

    public async Task<PublicationRecord?> FindAsync(string id, CancellationToken cancellation) =>
        (await ReadAsync(id, cancellation)).Record;

    /// <summary>Changes a record. Repeats the change if another instance has changed the record meanwhile.</summary>
    /// <param name="id">The publication.</param>
    /// <param name="change">Gets the stored record, null if nothing is stored; returns the new one, or null to leave it.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The record after the change.</returns>
    public async Task<PublicationRecord?> ChangeAsync(
        string id, Func<PublicationRecord?, PublicationRecord?> change, CancellationToken cancellation)
    {
        while (true)
        {
            var (record, etag) = await ReadAsync(id, cancellation);
            if (change(record) is not { } changed)
            {
                return record;
            }

            try
            {
                await Blob(id).UploadAsync(
                    BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(changed, PublicationJson.Default.PublicationRecord)),
                    new BlobUploadOptions { Conditions = etag is { } known ? new() { IfMatch = known } : new() { IfNoneMatch = ETag.All } },
                    cancellation);
                return changed;
            }
            catch (RequestFailedException e) when (e.IsWriteConflict())
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<(PublicationRecord? Record, ETag? ETag)> ReadAsync(string id, CancellationToken cancellation)
    {
        try
        {
            BlobDownloadResult found = await Blob(id).DownloadContentAsync(cancellation);
            var record = JsonSerializer.Deserialize(found.Content.ToMemory().Span, PublicationJson.Default.PublicationRecord);
            StorageFormat.Require(record?.Format, "A record of a publication");
            return (record, found.Details.ETag);
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            return (null, null);
        }
    }

    private BlobClient Blob(string id) => _container.GetBlobClient($"{id}.json");
}
