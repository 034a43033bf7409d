using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Functions.Journal;

/// <summary>The container <c>usage</c>, which holds the journal.</summary>
public sealed class JournalContainer(BlobContainerClient client)
{
    public const string Name = "usage";

    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(10);

    public BlobContainerClient Client => client;

    /// <summary>
    /// Returns client options for the journal's writer: without client retries, because the journal itself finds out the outcome of an
    /// append.
    /// </summary>
    public static BlobClientOptions WriterOptions() => new() { Retry = { MaxRetries = 0, NetworkTimeout = NetworkTimeout } };

    public AppendBlobClient Blob(string name) => client.GetAppendBlobClient(name);
}
