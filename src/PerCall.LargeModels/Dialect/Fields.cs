using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads members of a request, and refuses those of a wrong type by their path.</summary>
internal static class Fields
{
    public const string InvalidType = "invalid_type";
    public const string InvalidValue = "invalid_value";
    public const string Missing = "missing_required_parameter";
    public const string Unsupported = "unsupported_parameter";

    // The members of messages, parts, tools and options that are checked or counted.
    private static readonly HashSet<string> Inner = new(
        [
            "role", "content", "type", "text", "refusal", "name", "tool_calls", "audio", "function", "custom", "arguments", "input",
            "output", "image_url", "url", "detail", "input_audio", "data", "file", "file_data", "file_id", "file_url", "parameters",
            "json_schema", "schema", "format", "include_usage", "encrypted_content", "summary", "id",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns an error of status 400.</summary>
    public static LargeModelRefusedException Refused(string code, string message, string? param) => new(400, code, message, param);

    public static LargeModelRefusedException Required(string path) => Refused(Missing, $"'{path}' is required.", path);

    public static LargeModelRefusedException WrongType(string path, string expected, JsonNode? found) =>
        Refused(InvalidType, $"'{path}' is {Kind(found)}; allowed: {expected}.", path);

    /// <summary>Returns a member's text; null: the member is missing or null.</summary>
    public static string? Text(JsonObject parent, string name, string path) =>
        parent[name] is not { } node ? null : node.TryString(out var text) ? text : throw WrongType(path, "a string", node);

    public static bool? Flag(JsonObject parent, string name, string path) => parent[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        var other => throw WrongType(path, "true or false", other),
    };

    /// <summary>Returns a member's integer from 1; null: the member is missing or null.</summary>
    public static int? Positive(JsonObject parent, string name, string path, int most = int.MaxValue)
    {
        if (parent[name] is not { } node)
        {
            return null;
        }

        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number || !value.TryGetValue(out long number))
        {
            throw WrongType(path, "an integer", node);
        }

        if (number >= 1 && number <= most)
        {
            return (int)number;
        }

        var range = most == int.MaxValue ? "1 or more" : $"from 1 to {most}";
        throw Refused(InvalidValue, $"'{path}' is {number}; allowed: {range}.", path);
    }

    public static JsonObject Object(JsonNode? node, string path)
    {
        var found = node as JsonObject ?? throw (node is null ? Required(path) : WrongType(path, "an object", node));
        RefuseDisguised(found, Inner, path + ".");
        return found;
    }

    /// <summary>
    /// Refuses names that a server which ignores case takes for one of the fields that are checked. A caller could send "Max_Tokens"
    /// beside the bound that was set.
    /// </summary>
    public static void RefuseDisguised(JsonObject parent, HashSet<string> known, string prefix)
    {
        foreach (var (name, _) in parent)
        {
            // These two are the letters outside ASCII that some servers fold into ASCII.
            var folded = Ascii.IsValid(name)
                ? name
                : name.Replace('\u017F', 's').Replace('\u212A', 'k');
            if (known.TryGetValue(folded, out var field) && field != name)
            {
                throw Refused(Unsupported, $"'{prefix}{name}' is not a field of this API; '{prefix}{field}' is.", prefix + name);
            }
        }
    }

    public static bool TryString([NotNullWhen(true)] this JsonNode? node, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return node is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.TryGetValue(out text);
    }

    private static string Kind(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number of another form",
        _ => "a boolean",
    };
}
