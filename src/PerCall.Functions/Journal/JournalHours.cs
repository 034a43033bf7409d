using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>
/// The first hour in which new chains may begin. Readers move it forward before they list an hour for the last time. Writers check it after
/// they create a chain's first blob. So at least one of the two sees the other, whatever their clocks show.
/// </summary>
public sealed class JournalHours(JournalContainer container)
{
    private const string BlobName = "open-from";

    private readonly BlobClient _blob = container.Client.GetBlobClient(BlobName);

    /// <summary>Returns the hour in the form of blob names; empty: any hour.</summary>
    public async Task<string> OpenFromAsync(CancellationToken cancellation) => (await ReadAsync(cancellation)).Hour;

    /// <summary>Closes all hours before this one to new chains.</summary>
    public async Task MoveAsync(string hour, CancellationToken cancellation)
    {
        while (true)
        {
            var (now, tag) = await ReadAsync(cancellation);
            if (string.CompareOrdinal(now, hour) >= 0)
            {
                return;
            }

            var conditions = tag is { } known
                ? new BlobRequestConditions { IfMatch = known } : new BlobRequestConditions { IfNoneMatch = ETag.All };
            try
            {
                await _blob.UploadAsync(BinaryData.FromString(hour), new BlobUploadOptions { Conditions = conditions }, cancellation);
                return;
            }
            catch (RequestFailedException e) when (e.IsWriteConflict())
            {
                // Another process was first; its value decides.
            }
        }
    }

    private async Task<(string Hour, ETag? Tag)> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var content = (await _blob.DownloadContentAsync(cancellation)).Value;
            return (Encoding.UTF8.GetString(content.Content), content.Details.ETag);
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            return ("", null);
        }
    }
}
