using Azure.Storage.Blobs;

namespace PerCall.Hosting.Blobs;

/// <summary>Binding data of a blob.</summary>
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
}
