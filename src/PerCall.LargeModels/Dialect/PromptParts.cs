using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.LargeModels.Tokens;

namespace PerCall.LargeModels.Dialect;

/// <summary>Checks and counts the parts that prompts of several calls have in common: images, audio, files, tools, schemas.</summary>
internal sealed class PromptParts(PromptTally tally, CallLimits limits, bool billsImagesBeyondContext)
{
    private const int MostTools = 256;

    // Checking takes about 1 s for 100,000 characters.
    private const int MostSchemaCharacters = 100_000;
    private const string InvalidTool = "invalid_function_parameters";
    private const string InvalidSchema = "invalid_json_schema";

    // Providers see the characters themselves, not escapes of them.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Documented for gpt-4o-audio: one token for each 100 ms. Other servers' models have up to 25 a second.
    private const int AudioTokensPerSecond = 10;
    private const int AudioBoundPerSecond = 25;

    private int _schemaCharacters;

    public PromptTally Tally => tally;

    /// <summary>Counts a value that has no rule of its own by its JSON.</summary>
    public void Json(JsonNode node) => tally.Text(node.ToJsonString(Plain));

    public void Image(JsonObject parent, string name, string? detail, string path)
    {
        var url = Fields.Text(parent, name, path) ?? throw Fields.Required(path);
        tally.Image(DataUrl.CheckImage(url, limits.MaxImageBytes, path), detail);
    }

    /// <summary>Audio in a prompt, as base64 in <c>data</c>.</summary>
    public void Audio(JsonObject audio, string path)
    {
        path += ".data";
        var data = Fields.Text(audio, "data", path) ?? throw Fields.Required(path);
        _ = DataUrl.DecodedLength(data, path);
        var seconds = AudioDuration.Seconds(DataUrl.Decode(data));
        tally.Add(seconds * AudioTokensPerSecond);
        tally.Margin(seconds * (AudioBoundPerSecond - AudioTokensPerSecond));
    }

    /// <summary>A file in a prompt, as <c>file_data</c> or <c>file_url</c>.</summary>
    /// <remarks>
    /// A text file is bounded by its bytes. A PDF file is not: a provider adds an image of each page, and a small file can have many pages.
    /// Only the model's context bounds it.
    /// </remarks>
    public void File(JsonObject file, string path)
    {
        RefuseIds(file, path, "file_id");
        if (billsImagesBeyondContext)
        {
            throw Fields.Refused(Fields.Unsupported, $"'{path}' is not supported by this model: the tokens of a file have no bound.", path);
        }

        if (Fields.Text(file, "file_url", $"{path}.file_url") is { } url)
        {
            DataUrl.CheckRemote(url, $"{path}.file_url");
            tally.Unmeasurable(0);
            return;
        }

        path += ".file_data";
        var data = Fields.Text(file, "file_data", path) ?? throw Fields.Required(path);
        var (type, base64) = DataUrl.IsData(data) ? DataUrl.Split(data, path) : ("", data);
        var bytes = DataUrl.DecodedLength(base64, path);
        if (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
        {
            tally.Add(bytes);
        }
        else
        {
            tally.Unmeasurable(bytes / 4);
        }
    }

    /// <summary>Refuses members that refer to stored objects of the provider's account, which all tenants share.</summary>
    public static void RefuseIds(JsonObject parent, string path, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (parent[name] is not null)
            {
                throw Fields.Refused(
                    Fields.Unsupported,
                    $"'{path}.{name}' is not supported: it refers to data in the provider's account, which all tenants share.",
                    $"{path}.{name}");
            }
        }
    }

    /// <summary>Checks the tools of a request. Only tools that the caller runs are allowed.</summary>
    /// <param name="body">The request.</param>
    /// <param name="nested">Whether a function's members are in <c>function</c>, as chat completions have it.</param>
    public void Tools(JsonObject body, bool nested)
    {
        var i = 0;
        foreach (var node in List(body, "tools"))
        {
            var path = $"tools[{i++}]";
            var tool = Fields.Object(node, path);
            var type = Fields.Text(tool, "type", $"{path}.type") ?? throw Fields.Required($"{path}.type");
            if (type is not ("function" or "custom"))
            {
                throw Fields.Refused(
                    Fields.Unsupported,
                    $"'{path}.type' is '{type}'; allowed: function, custom. "
                        + "Tools that the provider runs bill other units or read other data.",
                    $"{path}.type");
            }

            var owner = nested ? $"{path}.{type}" : path;
            Function(nested ? Fields.Object(tool[type], owner) : tool, owner, node!);
        }

        i = 0;
        foreach (var node in List(body, "functions"))
        {
            var path = $"functions[{i++}]";
            Function(Fields.Object(node, path), path, node!);
        }

        if (body["tool_choice"] is JsonObject choice)
        {
            Json(choice);
        }
    }

    private void Function(JsonObject function, string path, JsonNode whole)
    {
        if (string.IsNullOrEmpty(Fields.Text(function, "name", $"{path}.name")))
        {
            throw Fields.Required($"{path}.name");
        }

        if (function["parameters"] is { } parameters)
        {
            Schema(parameters, $"{path}.parameters", InvalidTool);
        }

        Json(whole);
        tally.Margin(16);
    }

    /// <summary>Checks the format of the answer, <c>response_format</c> or <c>text.format</c>.</summary>
    /// <param name="format">The format; null: none.</param>
    /// <param name="path">Its path.</param>
    /// <param name="nested">Whether the schema is in <c>json_schema</c>, as chat completions have it.</param>
    public void Format(JsonNode? format, string path, bool nested)
    {
        if (format is null)
        {
            return;
        }

        var whole = Fields.Object(format, path);
        if (Fields.Text(whole, "type", $"{path}.type") != "json_schema")
        {
            return;
        }

        var owner = nested ? $"{path}.json_schema" : path;
        var schema = nested ? Fields.Object(whole["json_schema"], owner) : whole;
        if (schema["schema"] is { } found)
        {
            Schema(found, $"{owner}.schema", InvalidSchema);
        }

        Json(whole);
        tally.Margin(16);
    }

    private void Schema(JsonNode node, string path, string code)
    {
        if (node is not JsonObject schema)
        {
            throw Fields.Refused(code, $"'{path}' is not a JSON Schema; allowed: an object.", path);
        }

        var json = schema.ToJsonString(Plain);
        _schemaCharacters += json.Length;
        if (_schemaCharacters > MostSchemaCharacters)
        {
            throw Fields.Refused(
                code, $"The schemas up to '{path}' have more than {MostSchemaCharacters} characters together.", path);
        }

        JsonSchemas.Check(schema, json, path, code);
    }

    private static JsonArray List(JsonObject body, string name)
    {
        if (body[name] is null)
        {
            return [];
        }

        var list = body[name] as JsonArray ?? throw Fields.WrongType(name, "an array", body[name]);
        return list.Count <= MostTools
            ? list
            : throw Fields.Refused(Fields.InvalidValue, $"'{name}' has {list.Count} entries; at most {MostTools} are allowed.", name);
    }
}
