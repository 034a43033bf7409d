using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn.Requests;

/// <summary>What a body asks for.</summary>
internal sealed record Asked
{
    public string Model { get; init; } = "";

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public int Choices { get; init; } = 1;

    /// <summary>Maximum output tokens of one choice; null: unlimited.</summary>
    public int? Bound { get; init; }

    /// <summary>The schema of the answer; null: plain text.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>The function that is called; null: none.</summary>
    public JsonElement? Function { get; init; }

    public bool Logprobs { get; init; }

    /// <summary>How many alternatives each token has.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>The text of the last message or of the input.</summary>
    public string LastText { get; init; } = "";

    /// <summary>Words of the prompt; the provider counts one token each.</summary>
    public int Words { get; init; }

    public Script Script { get; init; } = Script.Empty;

    /// <summary>The body, or the fields of a form.</summary>
    public JsonElement Body { get; init; }

    /// <exception cref="FormatException">The script is invalid.</exception>
    public static Asked Parse(JsonElement body)
    {
        var (last, words) = Prompt(body);
        var script = Script.Find(Text(Member(body, "metadata"), "script")) ?? Script.Find(Text(body, "user")) ?? Script.Find(last)
            ?? Script.Empty;
        return new()
        {
            Model = Text(body, "model") ?? "",
            Stream = Member(body, "stream") is { ValueKind: JsonValueKind.True },
            IncludeUsage = Member(Member(body, "stream_options"), "include_usage") is { ValueKind: JsonValueKind.True },
            Choices = Number(body, "n") ?? 1,
            Bound = Number(body, "max_completion_tokens") ?? Number(body, "max_tokens") ?? Number(body, "max_output_tokens"),
            Schema = Member(Member(Member(body, "response_format"), "json_schema"), "schema")
                ?? Member(Member(Member(body, "text"), "format"), "schema"),
            Function = FunctionOf(body, script),
            Logprobs = Member(body, "logprobs") is { ValueKind: JsonValueKind.True },
            TopLogprobs = Number(body, "top_logprobs") ?? 0,
            LastText = last,
            Words = words,
            Script = script,
            Body = body,
        };
    }

    /// <summary>Reads the fields of a form as the body of a call.</summary>
    /// <exception cref="FormatException">The script is invalid.</exception>
    public static Asked Parse(IFormCollection form)
    {
        var fields = new JsonObject();
        foreach (var (name, values) in form)
        {
            fields[name] = values.ToString();
        }

        var prompt = form["prompt"].ToString();
        return new()
        {
            Model = form["model"].ToString(),
            Stream = form["stream"] == "true",
            LastText = prompt,
            Words = CountWords(prompt),
            Script = Script.Find(prompt) ?? Script.Empty,
            Body = JsonSerializer.SerializeToElement(fields),
        };
    }

    public static JsonElement? Member(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var member) ? member : null;

    public static string? Text(JsonElement? parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static int? Number(JsonElement? parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;

    /// <summary>The function of the tool that must be called, or that the script calls.</summary>
    private static JsonElement? FunctionOf(JsonElement body, Script script)
    {
        if (Member(body, "tools") is not { ValueKind: JsonValueKind.Array } tools || tools.GetArrayLength() == 0)
        {
            return null;
        }

        var choice = Member(body, "tool_choice");
        var named = Text(Member(choice, "function"), "name") ?? Text(choice, "name");
        if (named is null && choice is not { ValueKind: JsonValueKind.String } && !script.Has("call")
            || (choice is { ValueKind: JsonValueKind.String } word && word.GetString() != "required" && !script.Has("call")))
        {
            return null;
        }

        var functions = tools.EnumerateArray().Select(t => Member(t, "function") ?? t);
        return functions.First(f => named is null || Text(f, "name") == named);
    }

    private static (string Last, int Words) Prompt(JsonElement body)
    {
        var input = Member(body, "messages") ?? Member(body, "input");
        if (input is not { } prompt)
        {
            return ("", 0);
        }

        var texts = Texts(prompt).ToList();
        return (texts.LastOrDefault() ?? "", texts.Sum(CountWords) + texts.Count);
    }

    private static IEnumerable<string> Texts(JsonElement prompt)
    {
        switch (prompt.ValueKind)
        {
            case JsonValueKind.String:
                return [prompt.GetString()!];
            case JsonValueKind.Array:
                return prompt.EnumerateArray().SelectMany(Texts);
            case JsonValueKind.Object:
                return (Member(prompt, "content") ?? Member(prompt, "text")) is { } inner ? Texts(inner) : [];
            default:
                return [];
        }
    }

    private static int CountWords(string text)
    {
        var words = 0;
        for (var i = 0; i < text.Length; i++)
        {
            words += !char.IsWhiteSpace(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])) ? 1 : 0;
        }

        return words;
    }
}
