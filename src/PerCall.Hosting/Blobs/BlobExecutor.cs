using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Queues;

namespace PerCall.Hosting.Blobs;

/// <summary>Runs the function that a blob notification names, unless its receipt or the blob itself says that there is nothing to do.</summary>
internal sealed partial class BlobExecutor(
    IReadOnlyList<BlobFunction> functions,
    BlobReceipts receipts,
    StorageConnections connections,
    ScopedInvoker invoker,
    ILogger<BlobExecutor> logger)
{
    public async Task ExecuteAsync(ReceivedMessage received, CancellationToken lost)
    {
        var notification = BlobNotification.Parse(received.Body);
        var function = Find(notification)
            ?? throw new InvalidOperationException($"No blob function has the id '{notification.FunctionId}'.");
        var key = BlobReceipts.Key(notification.ContainerName, notification.BlobName);
        var receipt = await receipts.GetAsync(function, key, lost);
        if (!IsDue(notification, receipt))
        {
            LogSkipped(function.Function.Name, notification.ContainerName, notification.BlobName, "another message did it, or is to do it");
            return;
        }

        var blob = connections.Blobs(function.Connection)
            .GetBlobContainerClient(notification.ContainerName).GetBlobClient(notification.BlobName);
        var etag = await GetETagAsync(blob, lost);
        if (etag is null || BlobReceipt.Version(etag.Value) != notification.ETag.Trim('"'))
        {
            LogSkipped(
                function.Function.Name, notification.ContainerName, notification.BlobName, etag is null ? "it is deleted" : "it has changed since");
            return;
        }

        // Marked before it runs: from here on the message is known to have arrived, and nobody sends another.
        if (receipt!.State == BlobReceiptState.Noticed)
        {
            if (!await receipts.TryWriteAsync(function, key, receipt with { State = BlobReceiptState.Started }, lost))
            {
                throw new InvalidOperationException("The blob's receipt was changed by another instance meanwhile.");
            }
        }

        var names = function.Pattern.Match(notification.BlobName) ?? new Dictionary<string, string>();
        await invoker.InvokeAsync(
            function.Function,
            BlobBinding.Data(blob, names),
            token => BlobBinding.ConvertAsync(blob, etag.Value, function.Function.TriggerParameter.ParameterType, token),
            lost);
        await CompleteAsync(function, key, notification);
    }

    /// <summary>The text for the poison queue. The blob is done with, however badly.</summary>
    public async Task<string> PoisonAsync(ReceivedMessage received, CancellationToken cancellationToken)
    {
        BlobNotification notification;
        try
        {
            notification = BlobNotification.Parse(received.Body);
        }
        catch (JsonException)
        {
            return received.Message.MessageText;
        }

        if (Find(notification) is { } function)
        {
            await CompleteAsync(function, BlobReceipts.Key(notification.ContainerName, notification.BlobName), notification);
        }

        return (notification with { Token = null }).ToJson();
    }

    private static bool IsDue(BlobNotification notification, BlobReceipt? receipt) =>
        receipt is not null && receipt.Token == notification.Token && receipt.BlobETag == notification.ETag.Trim('"') &&
        receipt.State != BlobReceiptState.Complete;

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

    // A receipt that has moved on to the blob's next version is left alone.
    private async Task CompleteAsync(BlobFunction function, string key, BlobNotification notification)
    {
        var receipt = await receipts.GetAsync(function, key, CancellationToken.None);
        if (IsDue(notification, receipt))
        {
            await receipts.TryWriteAsync(function, key, receipt! with { State = BlobReceiptState.Complete }, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Information, "Function {Function} skips blob {Container}/{Blob}: {Reason}.")]
    private partial void LogSkipped(string function, string container, string blob, string reason);
}
