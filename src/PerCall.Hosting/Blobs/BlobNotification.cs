using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Storage.Blobs.Models;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// The message that makes a function run for a version of a blob. The same message goes to the poison queue, as with the Functions host.
/// </summary>
internal sealed record BlobNotification
{
    public required string FunctionId { get; init; }

    public string BlobType { get; init; } = "BlockBlob";

    public required string ContainerName { get; init; }

    public required string BlobName { get; init; }

    /// <summary>The ETag with its quotation marks.</summary>
    public required string ETag { get; init; }

    /// <summary>The ETag without quotation marks: headers have them, listings do not.</summary>
    [JsonIgnore]
    public string Version => ETag.Trim('"');

    public static BlobNotification Create(BlobFunction function, string container, BlobItem item, ETag etag) => new()
    {
        FunctionId = function.FunctionId,
        BlobType = $"{item.Properties.BlobType ?? Azure.Storage.Blobs.Models.BlobType.Block}Blob",
        ContainerName = container,
        BlobName = item.Name,
        ETag = $"\"{etag.ToString("G").Trim('"')}\"",
    };

    public static BlobNotification Parse(BinaryData body) =>
        JsonSerializer.Deserialize<BlobNotification>(body.ToMemory().Span) ?? throw new JsonException("A blob notification is not null.");

    public string ToJson() => JsonSerializer.Serialize(this);
}
