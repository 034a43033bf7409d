using System.Text.Json;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Answers;

/// <summary>Moderations. An input that contains the word "kill" is flagged.</summary>
internal static class ModerationAnswers
{
    public static string Whole(Asked asked)
    {
        var input = Asked.Member(asked.Body, "input");
        var texts = input is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(i => i.GetRawText()) : [asked.LastText];
        var results = texts.Select(Result);
        return $$"""
            {"id":"{{Ids.Next("modr-")}}","model":{{ChatAnswers.Model(asked)}},"results":[{{string.Join(',', results)}}]}
            """.Joined();
    }

    private static string Result(string text)
    {
        var (flagged, score) = text.Contains("kill", StringComparison.Ordinal) ? ("true", "0.98") : ("false", "0.01");
        return $$$"""
            {"flagged":{{{flagged}}},"categories":{"violence":{{{flagged}}}},"category_scores":{"violence":{{{score}}}}}
            """;
    }
}
