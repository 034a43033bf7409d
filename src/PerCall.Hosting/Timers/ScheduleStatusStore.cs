using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Timers;

/// <summary>Reads and writes each timer's state, in the same blob as the Functions host.</summary>
internal sealed class ScheduleStatusStore(HostStorage storage)
{
    public async Task<ScheduleStatus?> ReadAsync(string function, CancellationToken cancellationToken)
    {
        try
        {
            var content = await Blob(function).DownloadContentAsync(cancellationToken);
            return content.Value.Content.ToObjectFromJson<ScheduleStatus>();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (JsonException)
        {
            // Truncated or in another format: treated as missing.
            return null;
        }
    }

    public Task WriteAsync(string function, ScheduleStatus status, CancellationToken cancellationToken) =>
        Blob(function).UploadAsync(BinaryData.FromObjectAsJson(status), overwrite: true, cancellationToken);

    private BlobClient Blob(string function) =>
        storage.Container.GetBlobClient($"timers/{storage.HostId}/Host.Functions.{function}/status");
}
