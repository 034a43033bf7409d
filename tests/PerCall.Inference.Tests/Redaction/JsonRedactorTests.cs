using System.Text.Json.Nodes;
using PerCall.Inference.Redaction;
using Xunit;

namespace PerCall.Inference.Tests.Redaction;

public sealed class JsonRedactorTests
{
    private const string Mail = "a@x.de";

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"V"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"V"}]}]}""")]
    [InlineData("""{"messages":[{"role":"tool","tool_call_id":"c","content":"{\"mail\":\"V\"}"}]}""")]
    [InlineData("""{"messages":[{"refusal":"V","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"name\":\"V\"}"}}]}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","function_call":{"name":"f","arguments":"{\"id\":[\"V\"]}"}}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","tool_calls":[{"custom":{"name":"f","input":"V"}}]}]}""")]
    [InlineData("""{"messages":[],"prediction":{"type":"content","content":"V"},"stop":["V"],"user":"V"}""")]
    [InlineData("""{"input":"V","instructions":"V","metadata":{"name":"V"},"safety_identifier":"V"}""")]
    [InlineData("""{"input":["V"],"prompt":"V"}""")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_text","text":"V"}]}],"prompt":{"id":"p","variables":{"id":"V"}}}""")]
    [InlineData("""{"input":[{"type":"function_call_output","call_id":"c","output":"V"}]}""")]
    [InlineData("""{"input":[{"type":"function_call","name":"f","arguments":"{\"to\": \"V\"}"}]}""")]
    [InlineData("""{"input":[{"type":"reasoning","summary":[{"type":"summary_text","text":"V"}]}]}""")]
    public void RedactBody_Content_IsRedacted(string body)
    {
        var redacted = Parse(body.Replace("V", Mail, StringComparison.Ordinal));

        var map = new Redactor().RedactBody(redacted);

        Assert.Equal(1, map.Count);
        var expected = Parse(body.Replace("V", "[EMAIL_1]", StringComparison.Ordinal));
        Assert.True(JsonNode.DeepEquals(Compact(expected), Compact(redacted)), redacted.ToJsonString());
        Assert.DoesNotContain(Mail, redacted.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"a@x.de","messages":[{"name":"a@x.de","content":[{"type":"image_url","image_url":{"url":"a@x.de"}}]}]}""")]
    [InlineData("""{"messages":[{"content":[{"input_audio":{"data":"a@x.de"}},{"type":"file","file":{"file_data":"a@x.de"}}]}]}""")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f","description":"a@x.de","parameters":{"a@x.de":1}}}]}""")]
    [InlineData("""{"response_format":{"json_schema":{"schema":{"const":"a@x.de"}}},"tool_choice":{"function":{"name":"a@x.de"}}}""")]
    [InlineData("""{"text":{"format":{"schema":{"const":"a@x.de"}}},"input":[{"type":"reasoning","encrypted_content":"a@x.de"}]}""")]
    [InlineData("""{"input":[{"type":"input_image","image_url":"https://a@x.de/x.png"},{"id":"a@x.de","call_id":"a@x.de"}]}""")]
    [InlineData("""{"input":[1,2,3],"temperature":0.5,"a@x.de":"x"}""")]
    public void RedactBody_NoContent_IsKept(string body)
    {
        var kept = Parse(body);

        Assert.True(new Redactor().RedactBody(kept).IsEmpty);
        Assert.Equal(Parse(body).ToJsonString(), kept.ToJsonString());
    }

    [Fact]
    public void RedactBody_SeveralStrings_ShareOneMapThatAvoidsForeignPlaceholders()
    {
        var body = Parse("""
            {"messages":[{"role":"system","content":"a@x.de, b@x.de"},{"role":"user","content":"b@x.de"}],
             "tools":[{"function":{"description":"[EMAIL_1]"}}]}
            """);

        var map = new Redactor().RedactBody(body);

        Assert.Equal("[EMAIL_2], [EMAIL_3]", (string)body["messages"]![0]!["content"]!);
        Assert.Equal("[EMAIL_3]", (string)body["messages"]![1]!["content"]!);
        Assert.Equal("b@x.de [EMAIL_1]", map.Reinsert("[EMAIL_3] [EMAIL_1]"));
    }

    [Fact]
    public void RedactBody_Arguments_NamesAndEscapesAreUnderstood()
    {
        var arguments = """{"password": "hunter2x", "mail": "a\u0040x.de", "card": 4111111111111111, "n": 5}""";
        var body = new JsonObject { ["messages"] = new JsonArray(Call(arguments)) };

        var map = new Redactor().RedactBody(body);

        var redacted = JsonNode.Parse((string)body["messages"]![0]!["tool_calls"]![0]!["function"]!["arguments"]!)!;
        Assert.Equal("""{"password":"[SECRET_1]","mail":"[EMAIL_1]","card":"[CARD_1]","n":5}""", redacted.ToJsonString());
        Assert.Equal(3, map.Count);
    }

    [Theory]
    [InlineData("""{"mail": "a@x.de" """, """{"mail": "[EMAIL_1]" """)]
    [InlineData("""{"a": "a@x.de", "a": "a@x.de"}""", """{"a": "[EMAIL_1]", "a": "[EMAIL_1]"}""")]
    [InlineData("""{ "a":  "x" }""", """{ "a":  "x" }""")]
    [InlineData("a@x.de", "[EMAIL_1]")]
    public void RedactBody_ArgumentsThatAreNoObject_AreRedactedAsText(string arguments, string expected)
    {
        var body = new JsonObject { ["messages"] = new JsonArray(Call(arguments)) };

        new Redactor().RedactBody(body);

        Assert.Equal(expected, (string)body["messages"]![0]!["tool_calls"]![0]!["function"]!["arguments"]!);
    }

    private static JsonObject Call(string arguments) => new()
    {
        ["role"] = "assistant",
        ["tool_calls"] = new JsonArray(new JsonObject { ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = arguments } }),
    };

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>Arguments are compared without spaces.</summary>
    private static JsonNode Compact(JsonNode node) =>
        JsonNode.Parse(node.ToJsonString().Replace("\\u0022to\\u0022: ", "\\u0022to\\u0022:", StringComparison.Ordinal))!;
}
