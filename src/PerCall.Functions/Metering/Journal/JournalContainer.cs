using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Functions.Metering.Journal;

/// <summary>The container <c>usage</c>.</summary>
internal sealed class JournalContainer(BlobContainerClient client)
{
    public const string Name = "usage";

    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(10);

    public BlobContainerClient Client => client;

    /// <summary>For the journal's writer: nothing is repeated by the client, because what became of an append is for the journal to find out.</summary>
    public static BlobClientOptions WriterOptions() => new() { Retry = { MaxRetries = 0, NetworkTimeout = NetworkTimeout } };

    public AppendBlobClient Blob(string name) => client.GetAppendBlobClient(name);
}
