using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>The container <c>usage</c>.</summary>
public sealed class JournalContainer(BlobContainerClient client)
{
    public const string Name = "usage";

    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(10);

    public BlobContainerClient Client => client;

    /// <summary>
    /// For the journal's writer: nothing is repeated by the client, because what became of an append is for the journal to find out.
    /// </summary>
    public static BlobClientOptions WriterOptions() => new() { Retry = { MaxRetries = 0, NetworkTimeout = NetworkTimeout } };

    public AppendBlobClient Blob(string name) => client.GetAppendBlobClient(name);

    /// <summary>Makes a blob unless it is there already: by an earlier try, by its writer, or by one who fences.</summary>
    public static async Task EnsureAsync(AppendBlobClient blob, CancellationToken cancellation)
    {
        try
        {
            await blob.CreateAsync(new() { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // Whose it is the first append tells.
        }
    }
}
