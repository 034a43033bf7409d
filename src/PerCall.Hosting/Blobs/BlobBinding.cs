using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Hosting.Blobs;

/// <summary>What a function gets of a blob. Its content is read as of the ETag that triggered, and fails when it has changed since.</summary>
internal static class BlobBinding
{
    private const string BlobTrigger = "BlobTrigger";
    private const string Uri = "Uri";

    public static IEnumerable<string> DataNames(BlobPathPattern pattern) => pattern.Names.Append(BlobTrigger).Append(Uri);

    public static IReadOnlyDictionary<string, object?> Data(BlobClient blob, IReadOnlyDictionary<string, string> names)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            [BlobTrigger] = $"{blob.BlobContainerName}/{blob.Name}",
            [Uri] = blob.Uri.AbsoluteUri,
        };
        foreach (var (name, value) in names)
        {
            data[name] = value;
        }

        return data;
    }

    public static async ValueTask<object?> ConvertAsync(BlobClient blob, ETag etag, Type type, CancellationToken cancellationToken)
    {
        if (type == typeof(BlobClient))
        {
            return blob;
        }

        var unchanged = new BlobRequestConditions { IfMatch = etag };
        if (type == typeof(Stream))
        {
            return await blob.OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { Conditions = unchanged }, cancellationToken);
        }

        var content = await blob.DownloadContentAsync(new BlobDownloadOptions { Conditions = unchanged }, cancellationToken);
        return type == typeof(string) ? content.Value.Content.ToString() : content.Value.Content.ToArray();
    }
}
