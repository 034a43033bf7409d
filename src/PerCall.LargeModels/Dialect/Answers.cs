using System.Text;
using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads whole answers, which are not streamed.</summary>
public static class Answers
{
    private static readonly string[] Texts = ["content", "refusal", "reasoning_content", "reasoning"];
    private static readonly string[] Calls = ["name", "arguments", "input"];
    private static readonly string[] PartTexts = ["text", "refusal"];

    /// <summary>
    /// Returns all generated text: content, refusals, reasoning and arguments of tools, over all choices or output items. Empty for
    /// embeddings and moderations.
    /// </summary>
    public static string TextOf(LargeModelEndpoint endpoint, JsonElement answer)
    {
        var text = new StringBuilder();
        switch (endpoint)
        {
            case LargeModelEndpoint.ChatCompletions:
                foreach (var choice in List(answer, "choices"))
                {
                    Append(text, choice, "text");
                    Message(text, Member(choice, "message"));
                }

                break;
            case LargeModelEndpoint.Responses:
                foreach (var item in List(answer, "output"))
                {
                    Item(text, item);
                }

                break;
            case LargeModelEndpoint.Transcriptions:
                Append(text, answer, "text");
                break;
        }

        return text.ToString();
    }

    /// <summary>Returns the error that an answer with status 200 has instead of a result; null: none.</summary>
    public static StreamError? ErrorOf(JsonElement answer) => Member(answer, "error") switch
    {
        { ValueKind: JsonValueKind.Object } error =>
            new(StringOf(error, "message") ?? "The provider reported an error.", StringOf(error, "code"), StringOf(error, "type")),
        { ValueKind: JsonValueKind.String } error => new(error.GetString()!, null, null),
        _ => null,
    };

    private static void Message(StringBuilder text, JsonElement message)
    {
        foreach (var name in Texts)
        {
            Append(text, message, name);
        }

        // Some servers answer with an array of parts.
        foreach (var part in List(message, "content"))
        {
            Append(text, part, "text");
        }

        foreach (var call in List(message, "tool_calls"))
        {
            Call(text, Member(call, "function"));
            Call(text, Member(call, "custom"));
        }

        Call(text, Member(message, "function_call"));
    }

    private static void Item(StringBuilder text, JsonElement item)
    {
        Call(text, item);
        foreach (var list in (string[])["content", "summary"])
        {
            foreach (var part in List(item, list))
            {
                foreach (var name in PartTexts)
                {
                    Append(text, part, name);
                }
            }
        }
    }

    private static void Call(StringBuilder text, JsonElement call)
    {
        foreach (var name in Calls)
        {
            Append(text, call, name);
        }
    }

    private static void Append(StringBuilder text, JsonElement parent, string name) => text.Append(StringOf(parent, name));

    private static string? StringOf(JsonElement parent, string name)
    {
        var member = Member(parent, name);
        if (member.ValueKind == JsonValueKind.Number)
        {
            return member.GetRawText();
        }

        if (member.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return member.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair. Its escape is close enough for counting.
            return member.GetRawText();
        }
    }

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : default;

    private static JsonElement.ArrayEnumerator List(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
