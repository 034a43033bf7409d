using System.Globalization;
using System.Text.Json;
using Azure.Storage.Queues.Models;

namespace PerCall.Hosting.Queues;

/// <summary>Binds a message to a function's parameters.</summary>
internal static class QueueBinding
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    public static object? Convert(ReceivedMessage received, Type type) =>
        type == typeof(string) ? received.Body.ToString()
        : type == typeof(byte[]) ? received.Body.ToArray()
        : type == typeof(QueueMessage) ? Decoded(received)
        : received.Body.ToObject(type);

    /// <summary>
    /// Returns the message's own values and the top-level properties of a JSON object, which replace values of the same name. All are text,
    /// as with the Functions host; JSON values other than strings keep their JSON form.
    /// </summary>
    public static IReadOnlyDictionary<string, object?> Data(ReceivedMessage received)
    {
        var message = received.Message;
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["QueueTrigger"] = received.Body.ToString(),
            ["Id"] = message.MessageId,
            ["PopReceipt"] = message.PopReceipt,
            ["DequeueCount"] = received.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["InsertionTime"] = Time(message.InsertedOn),
            ["ExpirationTime"] = Time(message.ExpiresOn),
            ["NextVisibleTime"] = Time(message.NextVisibleOn),
        };
        foreach (var (name, value) in TopLevelProperties(received.Body))
        {
            data[name] = value;
        }

        return data;
    }

    private static object? ToObject(this BinaryData body, Type type) => JsonSerializer.Deserialize(body.ToMemory().Span, type, Json);

    private static QueueMessage Decoded(ReceivedMessage received)
    {
        var message = received.Message;
        return QueuesModelFactory.QueueMessage(
            message.MessageId, message.PopReceipt, received.Body, received.DequeueCount, message.NextVisibleOn, message.InsertedOn,
            message.ExpiresOn);
    }

    private static List<KeyValuePair<string, object?>> TopLevelProperties(BinaryData body)
    {
        var bytes = body.ToMemory();
        if (bytes.Span.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            return [.. document.RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, (object?)Text(p.Value)))];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static string? Time(DateTimeOffset? time) => time?.ToString("O", CultureInfo.InvariantCulture);
}
