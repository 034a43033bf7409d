using System.Text.Json;
using Azure.Storage.Blobs;

namespace PerCall.Hosting.Blobs;

/// <summary>
/// An event of Event Grid about a new version of a blob, in the Event Grid schema. A subscription with the host's queue as its destination
/// sends them there, encoded in base64, so that a blob's function runs without a scan.
/// </summary>
internal sealed record BlobEvent(string Container, string Blob, string Version)
{
    private const string Created = "Microsoft.Storage.BlobCreated";

    /// <summary>Parses a message; null: it is not an event.</summary>
    /// <exception cref="JsonException">The event is of another type, or incomplete.</exception>
    public static BlobEvent? Parse(BinaryData body)
    {
        var bytes = Decode(body);
        using var message = JsonDocument.Parse(bytes);
        if (!message.RootElement.TryGetProperty("eventType", out var type))
        {
            return null;
        }

        if (type.GetString() != Created)
        {
            throw new JsonException($"The event is of type '{type.GetString()}'; expected: {Created}.");
        }

        if (!message.RootElement.TryGetProperty("data", out var data)
            || !data.TryGetProperty("url", out var address) || !Uri.TryCreate(address.GetString(), UriKind.Absolute, out var uri)
            || !data.TryGetProperty("eTag", out var etag) || etag.GetString() is not { Length: > 0 } version)
        {
            throw new JsonException("The event has no 'data' with 'url' and 'eTag'.");
        }

        var blob = new BlobUriBuilder(uri);
        return new(blob.BlobContainerName, blob.BlobName, version.Trim('"'));
    }

    private static ReadOnlyMemory<byte> Decode(BinaryData body)
    {
        var memory = body.ToMemory();
        var text = memory.Span.TrimStart(" \r\n\t"u8);
        return text is [(byte)'{', ..] ? memory : Convert.FromBase64String(body.ToString());
    }
}
