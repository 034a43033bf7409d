using Azure;

namespace PerCall.Hosting.Blobs;

/// <summary>How far a function has come with one version of a blob.</summary>
/// <param name="BlobETag">The version.</param>
/// <param name="State">How far.</param>
/// <param name="Token">Marks the one message that may run it: a message with another token was sent twice, and is skipped.</param>
/// <param name="RecordETag">The receipt's own version, for changes that nobody else may have made meanwhile.</param>
internal sealed record BlobReceipt(string BlobETag, BlobReceiptState State, string Token, ETag RecordETag = default)
{
    /// <summary>An ETag as text: headers put it in quotation marks, listings do not.</summary>
    public static string Version(ETag etag) => etag.ToString("G").Trim('"');
}
