using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Queues;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// Runs the function that a blob notification names, or those whose path matches the blob of an event, unless the blob was deleted or
/// changed in the meantime.
/// </summary>
internal sealed partial class BlobExecutor(
    IReadOnlyList<BlobFunction> functions,
    StorageConnections connections,
    ScopedInvoker invoker,
    ILogger<BlobExecutor> logger)
{
    public async Task ExecuteAsync(ReceivedMessage received, CancellationToken lost)
    {
        if (BlobEvent.Parse(received.Body) is { } created)
        {
            foreach (var match in functions.Where(
                f => f.Pattern.Container == created.Container && f.Pattern.Match(created.Blob) is not null))
            {
                await ExecuteAsync(match, created.Container, created.Blob, created.Version, lost);
            }

            return;
        }

        var notification = BlobNotification.Parse(received.Body);
        var function = Find(notification)
            ?? throw new InvalidOperationException($"No blob function has the id '{notification.FunctionId}'.");
        await ExecuteAsync(function, notification.ContainerName, notification.BlobName, notification.Version, lost);
    }

    private async Task ExecuteAsync(BlobFunction function, string container, string name, string version, CancellationToken lost)
    {
        var blob = connections.Blobs(function.Connection).GetBlobContainerClient(container).GetBlobClient(name);
        var etag = await GetETagAsync(blob, lost);
        if (etag is null || etag.Value.ToString("G").Trim('"') != version)
        {
            LogSkipped(function.Function.Name, container, name, etag is null ? "it is deleted" : "it has changed since");
            return;
        }

        var names = function.Pattern.Match(name) ?? new Dictionary<string, string>();
        await invoker.InvokeAsync(function.Function, BlobBinding.Data(blob, names), _ => ValueTask.FromResult<object?>(blob), lost);
    }

    private static async Task<ETag?> GetETagAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ETag;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private BlobFunction? Find(BlobNotification notification) =>
        functions.FirstOrDefault(f => string.Equals(f.FunctionId, notification.FunctionId, StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(LogLevel.Information, "Function {Function} skips blob {Container}/{Blob}: {Reason}.")]
    private partial void LogSkipped(string function, string container, string blob, string reason);
}
