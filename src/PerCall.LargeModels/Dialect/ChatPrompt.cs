using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Dialect;

/// <summary>
/// Checks and counts the prompt of a chat completion, by the rule of OpenAI's cookbook, "How to count tokens with tiktoken".
/// </summary>
internal static class ChatPrompt
{
    private const int PerMessage = 3;
    private const int PerName = 1;
    private const int Priming = 3;

    // Whether a template shows the identifier of a tool call differs by model.
    private const int IdMargin = 24;

    public static void Count(JsonObject body, PromptParts parts)
    {
        if (body["messages"] is null)
        {
            throw Fields.Required("messages");
        }

        if (body["messages"] is not JsonArray { Count: > 0 } messages)
        {
            throw Fields.WrongType("messages", "an array with at least one message", body["messages"]);
        }

        parts.Tally.Add(Priming);
        for (var i = 0; i < messages.Count; i++)
        {
            Message(Fields.Object(messages[i], $"messages[{i}]"), $"messages[{i}]", parts);
        }

        parts.Tools(body, nested: true);
        parts.Format(body["response_format"], "response_format", nested: true);
        // Templates of compatible servers put these into the prompt.
        foreach (var name in (string[])["documents", "chat_template_kwargs"])
        {
            if (body[name] is { } value)
            {
                parts.Json(value);
            }
        }
    }

    /// <summary>Returns the tokens of a predicted output. Those that the model does not take over are billed as output.</summary>
    public static long Predicted(JsonObject body, PromptParts predicted)
    {
        var prediction = Fields.Object(body["prediction"], "prediction");
        if (prediction["content"] is null)
        {
            throw Fields.Required("prediction.content");
        }

        predicted.Json(prediction["content"]!);
        return predicted.Tally.Bound;
    }

    private static void Message(JsonObject message, string path, PromptParts parts)
    {
        var role = Fields.Text(message, "role", $"{path}.role");
        if (string.IsNullOrEmpty(role))
        {
            throw Fields.Required($"{path}.role");
        }

        if (message["content"] is null && role != "assistant")
        {
            throw Fields.Required($"{path}.content");
        }

        parts.Tally.Add(PerMessage);
        parts.Tally.Margin(4);
        foreach (var (name, value) in message)
        {
            if (value is null)
            {
                continue;
            }

            switch (name)
            {
                case "content":
                    Content(value, $"{path}.content", parts);
                    break;
                case "tool_calls":
                    ToolCalls(value, $"{path}.tool_calls", parts);
                    break;
                case "name":
                    parts.Tally.Add(PerName);
                    parts.Tally.Text(Fields.Text(message, name, $"{path}.name")!);
                    break;
                case "tool_call_id":
                    parts.Tally.Margin(IdMargin);
                    break;
                case "audio":
                    PromptParts.RefuseIds(message, path, "audio");
                    break;
                default:
                    if (value.TryString(out var text))
                    {
                        parts.Tally.Text(text);
                    }
                    else
                    {
                        parts.Json(value);
                    }

                    break;
            }
        }
    }

    private static void ToolCalls(JsonNode node, string path, PromptParts parts)
    {
        var calls = node as JsonArray ?? throw Fields.WrongType(path, "an array", node);
        for (var i = 0; i < calls.Count; i++)
        {
            var call = Fields.Object(calls[i], $"{path}[{i}]");
            parts.Tally.Add(PerMessage);
            parts.Tally.Margin(IdMargin);
            foreach (var (name, value) in call)
            {
                // The model sees the function and its arguments. The identifiers are in the margin.
                if (value is not null && name is not ("id" or "type" or "index"))
                {
                    parts.Json(value);
                }
            }
        }
    }

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
                case "text":
                    parts.Tally.Text(Fields.Text(part, "text", $"{at}.text") ?? throw Fields.Required($"{at}.text"));
                    break;
                case "refusal":
                    parts.Tally.Text(Fields.Text(part, "refusal", $"{at}.refusal") ?? throw Fields.Required($"{at}.refusal"));
                    break;
                case "image_url":
                    var image = Fields.Object(part["image_url"], $"{at}.image_url");
                    var detail = Fields.Text(image, "detail", $"{at}.image_url.detail");
                    parts.Image(image, "url", detail, $"{at}.image_url.url");
                    break;
                case "input_audio":
                    parts.Audio(Fields.Object(part["input_audio"], $"{at}.input_audio"), $"{at}.input_audio");
                    break;
                case "file":
                    parts.File(Fields.Object(part["file"], $"{at}.file"), $"{at}.file");
                    break;
                case var other:
                    throw Fields.Refused(
                        Fields.Unsupported,
                        $"'{at}.type' is '{other}'; allowed: text, refusal, image_url, input_audio, file.",
                        $"{at}.type");
            }
        }
    }
}
