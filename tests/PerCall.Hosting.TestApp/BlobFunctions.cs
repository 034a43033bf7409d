using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.TestApp;

public sealed class BlobFunctions(IConfiguration configuration)
{
    [Function("inbox")]
    public async Task Inbox(
        [BlobTrigger("%Prefix%-inbox/in/{tenant}/{name}.{ext}", Source = BlobTriggerSource.EventGrid)] BlobClient blob,
        string tenant,
        string name,
        string ext,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var content = (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToString();
        Say.Line($"inbox {tenant}|{name}|{ext} {content} trigger {context.BindingContext.BindingData["BlobTrigger"]}");
        if (content == "fail")
        {
            throw new InvalidOperationException("deliberate");
        }

        if (content == "hang" && configuration["Hang"] == "true")
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        if (content == "gated")
        {
            await Gate.WaitAsync(name, cancellationToken);
        }

        Say.Line($"inbox {tenant}|{name}|{ext} done");
    }

    [Function("letter")]
    public static async Task Letter(
        [BlobTrigger("%Prefix%-letters/{name}.txt")] BlobClient blob, string name, CancellationToken cancellationToken) =>
        Say.Line($"letter {name} {(await blob.DownloadContentAsync(cancellationToken)).Value.Content}");
}
