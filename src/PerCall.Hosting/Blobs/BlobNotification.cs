using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Hosting.Blobs;

/// <summary>The message that makes a function run for a blob. Without its token it is what the Functions host puts into its poison queue.</summary>
internal sealed record BlobNotification
{
    public required string FunctionId { get; init; }

    public string BlobType { get; init; } = "BlockBlob";

    public required string ContainerName { get; init; }

    public required string BlobName { get; init; }

    /// <summary>With its quotation marks.</summary>
    public required string ETag { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; init; }

    public static BlobNotification Parse(BinaryData body) =>
        JsonSerializer.Deserialize<BlobNotification>(body.ToMemory().Span) ?? throw new JsonException("A blob notification is not null.");

    public string ToJson() => JsonSerializer.Serialize(this);
}
