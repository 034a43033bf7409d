using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Storage.Work;

/// <summary>
/// A message of the queues <c>work</c>, <c>shards</c> and <c>work-poison</c>: a kind, and a body that the slice of this kind reads.
/// (Member names avoid those of the host's own binding data.)
/// </summary>
public sealed record WorkMessage
{
    [JsonPropertyName(Traces.KindMember)]
    public required string Kind { get; init; }

    public required JsonElement Body { get; init; }

    /// <summary>The number of the <see cref="StorageFormat"/>; 0: the message is from before messages had one.</summary>
    public int Format { get; init; }

    /// <summary>Number of deliveries of earlier copies of this message that did not succeed.</summary>
    public int Failed { get; init; }

    /// <summary>How often this message was put back because the instance had no place for it.</summary>
    public int PutBack { get; init; }

    /// <summary>Why the message is in the poison queue; null elsewhere, and where the host put it there.</summary>
    public string? Reason { get; init; }

    /// <summary>The trace context of the span that sent the message.</summary>
    [JsonPropertyName(Traces.Member)]
    public string? Traceparent { get; init; }

    /// <summary>Members of newer formats. They stay in the message when an older instance passes it on.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>How often the message and its earlier copies were delivered, including this time, without those put back.</summary>
    [JsonIgnore]
    public long Delivery { get; init; } = 1;

    /// <param name="kind">The kind.</param>
    /// <param name="body">The body.</param>
    /// <param name="type">The body's type in JSON.</param>
    public static WorkMessage Create<T>(string kind, T body, JsonTypeInfo<T> type) =>
        new() { Kind = kind, Format = StorageFormat.Written, Body = JsonSerializer.SerializeToElement(body, type) };

    /// <param name="text">The text of a message.</param>
    /// <param name="kindless">The kind of messages of earlier versions, which are only a body; null: such messages are refused.</param>
    /// <exception cref="JsonException">The text is not a message.</exception>
    public static WorkMessage Parse(BinaryData text, string? kindless = null)
    {
        var root = JsonSerializer.Deserialize(text, WorkJson.Default.JsonElement);
        if (kindless is not null && root.ValueKind == JsonValueKind.Object && !root.TryGetProperty(Traces.KindMember, out _))
        {
            var traceparent = root.TryGetProperty(Traces.Member, out var member) ? member.GetString() : null;
            return new() { Kind = kindless, Body = root, Traceparent = traceparent };
        }

        return root.Deserialize(WorkJson.Default.WorkMessage) ?? throw new JsonException("The message is null.");
    }

    public BinaryData Write() => new(JsonSerializer.SerializeToUtf8Bytes(this, WorkJson.Default.WorkMessage));

    /// <exception cref="JsonException">The body is not of this type.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class => Body.Deserialize(type) ?? throw new JsonException($"The body of a message of kind '{Kind}' is null.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(WorkMessage))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class WorkJson : JsonSerializerContext;
