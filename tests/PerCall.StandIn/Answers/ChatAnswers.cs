using System.Globalization;
using System.Text;
using System.Text.Json;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Answers;

/// <summary>Chat completions that are not streamed.</summary>
internal static class ChatAnswers
{
    public static string Whole(Asked asked, Content content, Usage usage)
    {
        var text = JsonSerializer.Serialize(content.Text);
        var message = content.Function is { } function
            ? $$$"""
                {"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_1","type":"function",
                "function":{"name":{{{JsonSerializer.Serialize(function)}}},"arguments":{{{text}}}}}]}
                """.Joined()
            : $$"""{"role":"assistant","content":{{text}},"refusal":null}""";
        var tokens = Enumerable.Range(0, content.Tokens).Select(i => Logprob(content.At(i), asked.TopLogprobs));
        var logprobs = asked.Logprobs ? $$"""{"content":[{{string.Join(',', tokens)}}],"refusal":null}""" : "null";
        var choices = string.Join(',', Enumerable.Range(0, asked.Choices).Select(i =>
            $$"""{"index":{{i}},"message":{{message}},"logprobs":{{logprobs}},"finish_reason":"{{content.FinishReason}}"}"""));
        var reported = usage.Chat() is { } found ? $""","usage":{found}""" : "";
        return $$"""
            {"id":"{{Ids.Next("chatcmpl-")}}","object":"chat.completion","created":{{Ids.Created}},"model":{{Model(asked)}},
            "system_fingerprint":"fp_stand_in","choices":[{{choices}}]{{reported}}}
            """.Joined();
    }

    /// <summary>A token's log probability, with its alternatives.</summary>
    public static string Logprob(Piece piece, int top)
    {
        var alternatives = string.Join(',', piece.Alternatives.Take(top).Select(a => Entry(a.Text, a.Probability) + "}"));
        var own = piece.Alternatives.First(a => a.Text == piece.Text).Probability;
        return $$"""{{Entry(piece.Text, own)}},"top_logprobs":[{{alternatives}}]}""";
    }

    public static string Model(Asked asked) => JsonSerializer.Serialize(asked.Model.Length > 0 ? asked.Model : "stand-in-2026-01-01");

    private static string Entry(string text, double probability)
    {
        var bytes = string.Join(',', Encoding.UTF8.GetBytes(text));
        var logprob = Math.Log(probability).ToString("R", CultureInfo.InvariantCulture);
        return $$"""{"token":{{JsonSerializer.Serialize(text)}},"logprob":{{logprob}},"bytes":[{{bytes}}]""";
    }
}
