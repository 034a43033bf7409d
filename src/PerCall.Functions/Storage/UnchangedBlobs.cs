using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Functions.Storage;

/// <summary>Reads blobs that others could overwrite meanwhile.</summary>
public static class UnchangedBlobs
{
    /// <summary>The bytes of a read of a large file that is read from beginning to end.</summary>
    public const int ReadAtOnceOfLarge = 4 << 20;

    private const int ReadAtOnce = 1 << 20;

    /// <summary>
    /// Opens a blob as a seekable stream. Only a part of it is in memory at a time. Reading fails when the blob is overwritten.
    /// </summary>
    public static async Task<(Stream Stream, BlobProperties Properties)> OpenUnchangedAsync(
        this BlobBaseClient blob, CancellationToken cancellation, int readAtOnce = ReadAtOnce)
    {
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value;
        var options = new BlobOpenReadOptions(allowModifications: false)
        {
            BufferSize = readAtOnce,
            Conditions = new() { IfMatch = properties.ETag },
        };
        return (await blob.OpenReadAsync(options, cancellation), properties);
    }
}
