using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Dialect;

/// <summary>Checks and counts the <c>input</c> of embeddings and moderations.</summary>
internal static class InputTexts
{
    private const int Most = 2048;

    /// <summary>Counts a text, texts, tokens or lists of tokens.</summary>
    /// <param name="input">The <c>input</c>.</param>
    /// <param name="parts">Counts.</param>
    /// <param name="contextTokens">Maximum tokens of one text.</param>
    /// <param name="certain">Whether the counts are certain enough to refuse a text.</param>
    public static void CountEmbeddings(JsonNode? input, PromptParts parts, long contextTokens, bool certain)
    {
        if (input is null)
        {
            throw Fields.Required("input");
        }

        if (input.TryString(out var whole))
        {
            One(() => parts.Tally.Text(NotEmpty(whole, "input")), "input");
            return;
        }

        var list = Entries(input);
        if (list[0] is JsonValue first && !first.TryString(out _))
        {
            One(() => parts.Tally.Add(Tokens(list, "input")), "input");
            return;
        }

        for (var i = 0; i < list.Count; i++)
        {
            var path = $"input[{i}]";
            var entry = list[i];
            One(
                () =>
                {
                    if (entry.TryString(out var text))
                    {
                        parts.Tally.Text(NotEmpty(text, path));
                    }
                    else
                    {
                        parts.Tally.Add(Tokens(entry, path));
                    }
                },
                path);
        }

        void One(Action count, string path)
        {
            var before = parts.Tally.Context;
            count();
            // Models of other servers add a token before and after each text.
            parts.Tally.Margin(2);
            var tokens = parts.Tally.Context - before;
            if (certain && tokens > contextTokens)
            {
                throw Fields.Refused(
                    "context_length_exceeded", $"'{path}' has {tokens} tokens; the model reads {contextTokens}.", path);
            }
        }
    }

    /// <summary>Counts a text, texts, or parts with texts and images.</summary>
    public static void CountModerations(JsonNode? input, PromptParts parts)
    {
        if (input is null)
        {
            throw Fields.Required("input");
        }

        if (input.TryString(out var whole))
        {
            parts.Tally.Text(whole);
            return;
        }

        var list = Entries(input);
        for (var i = 0; i < list.Count; i++)
        {
            var path = $"input[{i}]";
            if (list[i].TryString(out var text))
            {
                parts.Tally.Text(text);
                continue;
            }

            var part = list[i] as JsonObject ?? throw Fields.WrongType(path, "a string or a part", list[i]);
            switch (Fields.Text(part, "type", $"{path}.type"))
            {
                case "text":
                    parts.Tally.Text(Fields.Text(part, "text", $"{path}.text") ?? throw Fields.Required($"{path}.text"));
                    break;
                case "image_url":
                    parts.Image(Fields.Object(part["image_url"], $"{path}.image_url"), "url", null, $"{path}.image_url.url");
                    break;
                case var other:
                    throw Fields.Refused(Fields.Unsupported, $"'{path}.type' is '{other}'; allowed: text, image_url.", $"{path}.type");
            }
        }
    }

    private static JsonArray Entries(JsonNode input)
    {
        if (input is not JsonArray { Count: > 0 } list)
        {
            throw Fields.WrongType("input", "a string or an array with at least one entry", input);
        }

        return list[0] is not JsonValue first || first.TryString(out _) ? list.Count <= Most
            ? list
            : throw Fields.Refused(Fields.InvalidValue, $"'input' has {list.Count} entries; at most {Most} are allowed.", "input")
            : list;
    }

    private static int Tokens(JsonNode? node, string path)
    {
        if (node is not JsonArray { Count: > 0 } tokens)
        {
            throw Fields.WrongType(path, "a string or an array of tokens", node);
        }

        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] is not JsonValue value || value.TryString(out _) || !value.TryGetValue(out int token) || token < 0)
            {
                throw Fields.WrongType($"{path}[{i}]", "the number of a token", tokens[i]);
            }
        }

        return tokens.Count;
    }

    private static string NotEmpty(string text, string path) => text.Length > 0
        ? text
        : throw Fields.Refused(Fields.InvalidValue, $"'{path}' is an empty string.", path);
}
