using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Functions.LargeModels;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using Xunit;

namespace PerCall.Functions.Tests.LargeModels;

/// <summary>Redacted values in answers: plain where the text is prose, escaped where it is JSON.</summary>
public sealed class StreamReinsertionTests
{
    private const string Secret = "-----BEGIN PRIVATE KEY-----\nMI\"B\n-----END PRIVATE KEY-----";
    private const string Prose = "[SECRET_1] it is";
    private const string Json = """{"key": "[SECRET_1]"}""";

    private static readonly RedactionMap Map = MapOf(Secret);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whole_ChatCompletion_EscapesWhereTheTextIsJson(bool isJson)
    {
        var answer = Bytes(new JsonObject
        {
            ["choices"] = new JsonArray(new JsonObject
            {
                ["message"] = new JsonObject
                {
                    ["content"] = isJson ? Json : Prose,
                    ["reasoning_content"] = Prose,
                    ["refusal"] = Prose,
                    ["tool_calls"] = new JsonArray(new JsonObject { ["function"] = new JsonObject { ["arguments"] = Json } }),
                },
            }),
        });

        var message = Parse(
            StreamReinsertion.Whole(Facts(LargeModelEndpoint.ChatCompletions, isJson), Map, answer))["choices"]![0]!["message"]!;

        RequireText(isJson, message["content"]);
        RequireText(isJson: false, message["reasoning_content"]);
        RequireText(isJson: false, message["refusal"]);
        RequireText(isJson: true, message["tool_calls"]![0]!["function"]!["arguments"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whole_Response_EscapesWhereTheTextIsJson(bool isJson)
    {
        var answer = Bytes(new JsonObject
        {
            ["output"] = new JsonArray(
                new JsonObject { ["type"] = "reasoning", ["summary"] = new JsonArray(Part("summary_text", Prose)) },
                new JsonObject { ["type"] = "function_call", ["arguments"] = Json },
                new JsonObject { ["type"] = "message", ["content"] = new JsonArray(Part("output_text", isJson ? Json : Prose)) }),
        });

        var output = Parse(StreamReinsertion.Whole(Facts(LargeModelEndpoint.Responses, isJson), Map, answer))["output"]!;

        RequireText(isJson: false, output[0]!["summary"]![0]!["text"]);
        RequireText(isJson: true, output[1]!["arguments"]);
        RequireText(isJson, output[2]!["content"]![0]!["text"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rewrite_EventsOfAResponse_EscapeWhereTheTextIsJson(bool isJson)
    {
        var reinsertion = new StreamReinsertion(Facts(LargeModelEndpoint.Responses, isJson), Map);
        var text = isJson ? Json : Prose;
        StringBuilder answer = new(), reasoning = new();
        for (var i = 0; i < Math.Max(text.Length, Prose.Length); i += 5)
        {
            Say(answer, "response.output_text.delta", text, i);
            Say(reasoning, "response.reasoning_summary_text.delta", Prose, i);
        }

        var whole = Send("response.output_text.done", "text", text);
        var thought = Send("response.reasoning_summary_text.done", "text", Prose);

        Assert.Equal((whole, thought), (answer.ToString(), reasoning.ToString()));
        RequireText(isJson, whole);
        RequireText(isJson: false, thought);

        void Say(StringBuilder received, string type, string from, int at)
        {
            if (at < from.Length)
            {
                received.Append(Send(type, "delta", from.Substring(at, Math.Min(5, from.Length - at))));
            }
        }

        string Send(string type, string member, string value)
        {
            var data = Bytes(new JsonObject { ["type"] = type, ["output_index"] = 0, [member] = value });
            return (string)Parse(reinsertion.Rewrite(new() { Data = data, EventType = type }))[member]!;
        }
    }

    private static void RequireText(bool isJson, JsonNode? text) =>
        Assert.Equal(isJson ? Secret : $"{Secret} it is", isJson ? (string?)JsonNode.Parse((string)text!)!["key"] : (string?)text);

    private static JsonObject Part(string type, string text) => new() { ["type"] = type, ["text"] = text };

    private static CallFacts Facts(LargeModelEndpoint endpoint, bool isJson) => new()
    {
        Endpoint = endpoint,
        Stream = false,
        IncludeUsage = false,
        PromptTokens = 1,
        PromptBound = 1,
        OutputBound = 1,
        JsonText = isJson,
    };

    private static RedactionMap MapOf(string text)
    {
        new Redactor().Redact(text, out var map);
        return map;
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);

    private static JsonNode Parse(ReadOnlyMemory<byte> json) => JsonNode.Parse(json.Span)!;
}
