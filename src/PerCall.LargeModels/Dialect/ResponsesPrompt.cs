using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Dialect;

/// <summary>Checks and counts the prompt of <c>/v1/responses</c>.</summary>
internal static class ResponsesPrompt
{
    private const int PerItem = 3;
    private const int Priming = 3;

    public static void Count(JsonObject body, PromptParts parts)
    {
        parts.Tally.Add(Priming);
        if (Fields.Text(body, "instructions", "instructions") is { } instructions)
        {
            Item(parts).Tally.Text(instructions);
        }

        var input = body["input"] ?? throw Fields.Required("input");
        if (input.TryString(out var text))
        {
            Item(parts).Tally.Text(text);
        }
        else
        {
            if (input is not JsonArray { Count: > 0 } items)
            {
                throw Fields.WrongType("input", "a string or an array with at least one item", input);
            }

            for (var i = 0; i < items.Count; i++)
            {
                Item(Fields.Object(items[i], $"input[{i}]"), $"input[{i}]", parts);
            }
        }

        parts.Tools(body, nested: false);
        if (body["text"] is { } format)
        {
            parts.Format(Fields.Object(format, "text")["format"], "text.format", nested: false);
        }
    }

    private static PromptParts Item(PromptParts parts)
    {
        parts.Tally.Add(PerItem);
        // Whether a template shows the identifier of a call differs by model.
        parts.Tally.Margin(24);
        return parts;
    }

    private static void Item(JsonObject item, string path, PromptParts parts)
    {
        _ = Item(parts);
        var type = Fields.Text(item, "type", $"{path}.type");
        // An item with an id alone refers to an item of another response.
        if (type == "item_reference" || (type is null && item["role"] is null))
        {
            throw Fields.Refused(
                Fields.Unsupported,
                $"'{path}' is not supported: it refers to data in the provider's account, which all tenants share. Send the item itself.",
                path);
        }

        switch (type)
        {
            case null or "message":
                var role = Fields.Text(item, "role", $"{path}.role") ?? throw Fields.Required($"{path}.role");
                parts.Tally.Text(role);
                Content(item["content"] ?? throw Fields.Required($"{path}.content"), $"{path}.content", parts);
                break;
            case "function_call":
                Text(item, "name", path, parts);
                Text(item, "arguments", path, parts);
                break;
            case "custom_tool_call":
                Text(item, "name", path, parts);
                Text(item, "input", path, parts);
                break;
            case "function_call_output" or "custom_tool_call_output":
                Content(item["output"] ?? throw Fields.Required($"{path}.output"), $"{path}.output", parts);
                break;
            case "reasoning":
                Reasoning(item, path, parts);
                break;
            default:
                throw Fields.Refused(
                    Fields.Unsupported,
                    $"'{path}.type' is '{type}'; allowed: message, function_call, function_call_output, custom_tool_call, "
                        + "custom_tool_call_output, reasoning.",
                    $"{path}.type");
        }
    }

    // Encrypted reasoning: base64 of text that is likely not compressed, so about five characters a token.
    private static void Reasoning(JsonObject item, string path, PromptParts parts)
    {
        if (Fields.Text(item, "encrypted_content", $"{path}.encrypted_content") is { } encrypted)
        {
            parts.Tally.Add(encrypted.Length / 5);
            parts.Tally.Margin(encrypted.Length / 3);
        }

        foreach (var name in (string[])["summary", "content"])
        {
            if (item[name] is JsonArray { Count: > 0 } list)
            {
                parts.Json(list);
            }
        }
    }

    private static void Text(JsonObject item, string name, string path, PromptParts parts) =>
        parts.Tally.Text(Fields.Text(item, name, $"{path}.{name}") ?? throw Fields.Required($"{path}.{name}"));

    private static void Content(JsonNode content, string path, PromptParts parts)
    {
        if (content.TryString(out var whole))
        {
            parts.Tally.Text(whole);
            return;
        }

        var list = content as JsonArray ?? throw Fields.WrongType(path, "a string or an array of parts", content);
        for (var i = 0; i < list.Count; i++)
        {
            var at = $"{path}[{i}]";
            var part = Fields.Object(list[i], at);
            switch (Fields.Text(part, "type", $"{at}.type") ?? throw Fields.Required($"{at}.type"))
            {
                case "input_text" or "output_text" or "text":
                    Text(part, "text", at, parts);
                    break;
                case "refusal":
                    Text(part, "refusal", at, parts);
                    break;
                case "input_image":
                    PromptParts.RefuseIds(part, at, "file_id");
                    parts.Image(part, "image_url", Fields.Text(part, "detail", $"{at}.detail"), $"{at}.image_url");
                    break;
                case "input_audio":
                    parts.Audio(Fields.Object(part["input_audio"], $"{at}.input_audio"), $"{at}.input_audio");
                    break;
                case "input_file":
                    parts.File(part, at);
                    break;
                case var other:
                    throw Fields.Refused(
                        Fields.Unsupported,
                        $"'{at}.type' is '{other}'; allowed: input_text, output_text, refusal, input_image, input_audio, input_file.",
                        $"{at}.type");
            }
        }
    }
}
