using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Queues;

/// <summary>
/// Counts receives that a shutdown interrupted. The queue counts every receive and cannot undo that, so the number to subtract is stored in
/// a small blob per message.
/// </summary>
internal sealed class Refunds(HostStorage storage)
{
    public async Task<long> CountAsync(string queue, string messageId, CancellationToken cancellationToken)
    {
        try
        {
            var content = await Record(queue, messageId).DownloadContentAsync(cancellationToken);
            return long.TryParse(
                content.Value.Content.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return 0;
        }
    }

    public Task WriteAsync(string queue, string messageId, long count, CancellationToken cancellationToken) =>
        Record(queue, messageId).UploadAsync(
            BinaryData.FromString(count.ToString(CultureInfo.InvariantCulture)), overwrite: true, cancellationToken);

    public Task DeleteAsync(string queue, string messageId, CancellationToken cancellationToken) =>
        Record(queue, messageId).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    private BlobClient Record(string queue, string messageId) =>
        storage.Container.GetBlobClient($"percall/refunds/{storage.HostId}/{queue}/{messageId}");
}
