using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Inference.Redaction;

/// <summary>Redacts the content of JSON bodies of OpenAI's API. All strings of a body share one map.</summary>
internal sealed class JsonRedactor(Redactor redactor, IReadOnlyCollection<RedactionKind>? kinds)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // An object that has a name twice is read as a text.
    private static readonly JsonDocumentOptions Unique = new() { AllowDuplicateProperties = false };

    // Not content: settings and schemas of the call, names that refer to something, files, and addresses that the provider reads.
    private static readonly FrozenSet<string> Kept = FrozenSet.Create(
        StringComparer.Ordinal,
        "model", "role", "type", "id", "name", "status", "detail", "format", "encoding_format", "tool_call_id", "call_id", "item_id",
        "file_id", "previous_response_id", "conversation", "tools", "functions", "tool_choice", "response_format", "image_url", "file_url",
        "file_data", "input_audio", "encrypted_content", "service_tier", "reasoning_effort", "modalities", "include", "truncation");

    // Content with names of the caller's own, where none of the names above has its meaning.
    private static readonly FrozenSet<string> Free = FrozenSet.Create(StringComparer.Ordinal, "metadata", "variables");

    private readonly RedactionMap _map = new();

    public RedactionMap Redact(JsonObject body)
    {
        Reserve(body);
        RedactMembers(body, isBody: true);
        return _map;
    }

    private void Reserve(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    _map.Reserve(name);
                    Reserve(value);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Reserve(item);
                }

                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                _map.Reserve(text);
                break;
        }
    }

    private void RedactMembers(JsonObject members, bool isBody)
    {
        foreach (var (name, value) in members.ToList())
        {
            // The member 'text' of a body of /v1/responses is a setting; 'text' of a part is content.
            if (Kept.Contains(name) || (isBody && name == "text" && value is JsonObject))
            {
                continue;
            }

            Replace(members, name, value switch
            {
                JsonValue json when name == "arguments" && json.TryGetValue<string>(out var text) => JsonValue.Create(Arguments(text)),
                _ when Free.Contains(name) => OwnContent(value, ""),
                _ => Content(value),
            });
        }
    }

    /// <summary>Redacts content in place. Returns the same node, or the one to replace it with.</summary>
    private JsonNode? Content(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                RedactMembers(members, isBody: false);
                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    Replace(items, i, Content(items[i]));
                }

                return items;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return Text(value, text, "");
            default:
                return node;
        }
    }

    /// <summary>Redacts all strings and numbers of JSON with the caller's own names. The name of a value says what it is.</summary>
    private JsonNode? OwnContent(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (member, value) in members.ToList())
                {
                    Replace(members, member, OwnContent(value, member));
                }

                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    Replace(items, i, OwnContent(items[i], name));
                }

                return items;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return Text(value, text, name);
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                return Text(value, value.ToJsonString(), name);
            default:
                return node;
        }
    }

    /// <summary>Redacts the arguments of a function: JSON in a string, or a text where the model wrote no valid JSON.</summary>
    private string Arguments(string text)
    {
        JsonNode? arguments;
        try
        {
            arguments = JsonNode.Parse(text, documentOptions: Unique);
        }
        catch (JsonException)
        {
            return redactor.Redact(text, _map, kinds).Text;
        }

        var before = _map.Uses;
        var redacted = OwnContent(arguments, "");
        return _map.Uses == before ? text : redacted!.ToJsonString(Readable);
    }

    private JsonValue Text(JsonValue value, string text, string name)
    {
        var prefix = name.Length == 0 ? "" : name + ": ";
        var redacted = redactor.Redact(prefix + text, prefix.Length, _map, kinds);
        return redacted.Found.Count == 0 ? value : JsonValue.Create(redacted.Text);
    }

    private static void Replace(JsonObject members, string name, JsonNode? value)
    {
        if (!ReferenceEquals(members[name], value))
        {
            members[name] = value;
        }
    }

    private static void Replace(JsonArray items, int index, JsonNode? value)
    {
        if (!ReferenceEquals(items[index], value))
        {
            items[index] = value;
        }
    }
}
