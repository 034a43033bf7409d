using System.Text.Json;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Answers;

/// <summary>Answers of <c>/v1/responses</c>.</summary>
internal static class ResponsesAnswers
{
    public const string ItemId = "msg_1";

    /// <summary>The whole object, as it is answered, and as the first and the last events of a stream contain it.</summary>
    /// <param name="asked">The call.</param>
    /// <param name="content">What is generated.</param>
    /// <param name="usage">What is reported once the answer has ended.</param>
    /// <param name="status"><c>in_progress</c>, <c>completed</c>, <c>incomplete</c> or <c>failed</c>.</param>
    /// <param name="text">The text so far; null: there is no output yet.</param>
    /// <param name="id">The answer's id; null: a new one.</param>
    public static string Whole(Asked asked, Content content, Usage usage, string status, string? text, string? id = null)
    {
        status = status == "completed" && content.FinishReason is "length" or "content_filter" ? "incomplete" : status;
        var details = status != "incomplete" ? "null"
            : $$"""{"reason":"{{(content.FinishReason == "length" ? "max_output_tokens" : "content_filter")}}"}""";
        var error = status == "failed" ? """{"code":"server_error","message":"The model failed to generate a response."}""" : "null";
        var reported = (status is "completed" or "incomplete" ? usage.Responses() : null) ?? "null";
        var items = text is null ? "" : Item(content, text, status);
        return $$$"""
            {"id":"{{{id ?? Ids.Next("resp_")}}}","object":"response","created_at":{{{Ids.Created}}},"status":"{{{status}}}",
            "background":false,"error":{{{error}}},"incomplete_details":{{{details}}},"instructions":null,
            "max_output_tokens":{{{asked.Bound?.ToString() ?? "null"}}},
            "model":{{{ChatAnswers.Model(asked)}}},"output":[{{{items}}}],"parallel_tool_calls":true,
            "previous_response_id":null,"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},
            "tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled",
            "usage":{{{reported}}},"user":null,"metadata":{}}
            """.Joined();
    }

    /// <summary>The item of the output.</summary>
    public static string Item(Content content, string text, string status) => content.Function is { } function
        ? $$$"""
            {"id":"{{{ItemId}}}","type":"function_call","status":"{{{status}}}","call_id":"call_1",
            "name":{{{JsonSerializer.Serialize(function)}}},"arguments":{{{JsonSerializer.Serialize(text)}}}}
            """.Joined()
        : $$$"""
            {"id":"{{{ItemId}}}","type":"message","status":"{{{status}}}","role":"assistant",
            "content":[{{{(text.Length == 0 ? "" : Part(text))}}}]}
            """.Joined();

    /// <summary>The part of a message.</summary>
    public static string Part(string text) =>
        $$"""{"type":"output_text","text":{{JsonSerializer.Serialize(text)}},"annotations":[],"logprobs":[]}""";
}
