using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>Responses that stream a blob, in a fixed amount of memory. They support ranges and conditions on the ETag.</summary>
public static class BlobAnswers
{
    /// <param name="blob">The blob.</param>
    /// <param name="fileName">The name under which a browser stores the file.</param>
    /// <param name="mediaType">The content type; null: the blob's own.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public static async Task<IResult> StreamAsync(
        BlobBaseClient blob, string fileName, string? mediaType = null, CancellationToken cancellation = default)
    {
        var (stream, properties) = await blob.OpenUnchangedAsync(cancellation);
        return TypedResults.Stream(
            stream,
            mediaType ?? properties.ContentType,
            fileName,
            properties.LastModified,
            new EntityTagHeaderValue(properties.ETag.ToString("H")),
            enableRangeProcessing: true);
    }
}
