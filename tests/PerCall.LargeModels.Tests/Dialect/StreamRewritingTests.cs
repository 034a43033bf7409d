using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.LargeModels.Dialect;
using Xunit;
using static PerCall.LargeModels.LargeModelEndpoint;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class StreamRewritingTests
{
    [Theory]
    [InlineData(
        Transcriptions,
        """{"text":"x","language":"x","segments":[{"id":0,"text":"x"},{"text":"x"}],"words":[{"word":"x"}]}""",
        """{"text":"[0.0.text!]","language":"x","segments":[{"id":0,"text":"[0.0.text!]"},{"text":"[1.0.text!]"}],"words":"""
            + """[{"word":"x"}]}""")]
    [InlineData(
        Transcriptions,
        """{"type":"transcript.text.done","text":"x"}""",
        """{"type":"transcript.text.done","text":"[0.0.text!]"}""")]
    [InlineData(
        ChatCompletions,
        """{"id":"x","choices":[{"delta":{"content":"x"},"index":3}],"x":"x"}""",
        """{"id":"x","choices":[{"delta":{"content":"[3.0.content]"},"index":3}],"x":"x"}""")]
    [InlineData(
        ChatCompletions,
        """{"choices":[ { "index" : 1,"delta":{"role":"x","refusal":"x","reasoning":"x","content":null},"logprobs":"""
            + """{"content":[{"token":"x"}]}}]}""",
        """{"choices":[ { "index" : 1,"delta":"""
            + """{"role":"x","refusal":"[1.0.refusal]","reasoning":"[1.0.reasoning]","content":null},"logprobs":{"content":["""
            + """{"token":"x"}]}}]}""")]
    [InlineData(
        ChatCompletions,
        """{"choices":[{"delta":{"tool_calls":[{"function":{"name":"x","arguments":"x"},"index":2},{"custom":{"input":"x"}}]}}]}""",
        """{"choices":[{"delta":{"tool_calls":[{"function":{"name":"x","arguments":"[0.2.arguments]"},"index":2},"""
            + """{"custom":{"input":"[0.1.input]"}}]}}]}""")]
    [InlineData(
        ChatCompletions,
        """{"choices":[{"index":0,"message":{"content":"x","function_call":{"arguments":"x"}}},{"index":1,"message":"""
            + """{"content":[{"text":"x"}]}}]}""",
        """{"choices":[{"index":0,"message":{"content":"[0.0.content!]","function_call":"""
            + """{"arguments":"[0.0.arguments!]"}}},{"index":1,"message":{"content":[{"text":"[1.0.content!]"}]}}]}""")]
    [InlineData(
        Responses,
        """{"type":"response.output_text.delta","output_index":1,"content_index":2,"delta":"x","item_id":"x"}""",
        """{"type":"response.output_text.delta","output_index":1,"content_index":2,"delta":"[1.2.text]","item_id":"x"}""")]
    [InlineData(
        Responses,
        """{"delta":"x","output_index":1,"type":"response.function_call_arguments.delta"}""",
        """{"delta":"[1.0.arguments]","output_index":1,"type":"response.function_call_arguments.delta"}""")]
    [InlineData(
        Responses,
        """{"text":"x","type":"response.output_text.done","output_index":1}""",
        """{"text":"[1.0.text!]","type":"response.output_text.done","output_index":1}""")]
    [InlineData(
        Responses,
        """{"type":"response.function_call_arguments.done","arguments":"x","name":"x"}""",
        """{"type":"response.function_call_arguments.done","arguments":"[0.0.arguments!]","name":"x"}""")]
    [InlineData(
        Responses,
        """{"type":"response.content_part.done","part":{"type":"output_text","text":"x"}}""",
        """{"type":"response.content_part.done","part":{"type":"output_text","text":"[0.0.text!]"}}""")]
    [InlineData(
        Responses,
        """{"type":"response.output_item.done","item":{"content":[{"text":"x"},{"refusal":"x"}],"id":"x"}}""",
        """{"type":"response.output_item.done","item":{"content":[{"text":"[0.0.text!]"},{"refusal":"[0.0.refusal!]"}],"id":"x"}}""")]
    [InlineData(
        Responses,
        """{"type":"response.output_item.done","item":{"summary":[{"text":"x"}],"type":"reasoning"}}""",
        """{"type":"response.output_item.done","item":{"summary":[{"text":"[0.0.reasoning!]"}],"type":"reasoning"}}""")]
    [InlineData(
        Responses,
        """{"type":"response.reasoning_summary_part.done","part":{"type":"summary_text","text":"x"}}""",
        """{"type":"response.reasoning_summary_part.done","part":{"type":"summary_text","text":"[0.0.reasoning!]"}}""")]
    [InlineData(
        Responses,
        """{"text":"x","type":"response.reasoning_text.done","output_index":1}""",
        """{"text":"[1.0.reasoning!]","type":"response.reasoning_text.done","output_index":1}""")]
    [InlineData(
        Responses,
        """{"output":[{"type":"reasoning","summary":[{"text":"x"}]},{"type":"message","content":[{"text":"x"}]}]}""",
        """{"output":[{"type":"reasoning","summary":[{"text":"[0.0.reasoning!]"}]},"""
            + """{"type":"message","content":[{"text":"[1.0.text!]"}]}]}""")]
    [InlineData(
        Responses,
        """{"type":"response.completed","response":{"instructions":"x","input":"x","text":{"format":"""
            + """{"type":"text"}},"output":[{"content":[{"text":"x"}]},{"arguments":"x","name":"x"}]}}""",
        """{"type":"response.completed","response":{"instructions":"x","input":"x","text":{"format":"""
            + """{"type":"text"}},"output":[{"content":[{"text":"[0.0.text!]"}]},{"arguments":"[1.0.arguments!]","name":"x"}]}}""")]
    [InlineData(
        Responses,
        """{"object":"response","output":[{"content":[{"text":"x"}]}],"instructions":"x"}""",
        """{"object":"response","output":[{"content":[{"text":"[0.0.text!]"}]}],"instructions":"x"}""")]
    [InlineData(
        Responses,
        """{"type":"response.created","response":{"output":[]}}""",
        """{"type":"response.created","response":{"output":[]}}""")]
    [InlineData(
        Transcriptions,
        """{"type":"transcript.text.delta","delta":"x"}""",
        """{"type":"transcript.text.delta","delta":"[0.0.text]"}""")]
    public void Rewrite_GeneratedTexts_AreReplacedAndNothingElse(LargeModelEndpoint endpoint, string json, string expected)
    {
        var rewritten = StreamRewriting.Rewrite(
            endpoint,
            Encoding.UTF8.GetBytes(json),
            (place, text) =>
            {
                Assert.Equal("x", text);
                return $"[{place.Index}.{place.Part}.{place.Field}{(place.Whole ? "!" : "")}]";
            });

        Assert.Equal(expected, Encoding.UTF8.GetString(rewritten.Span));
    }

    [Fact]
    public void Rewrite_NothingChanged_IsTheSameMemory()
    {
        ReadOnlyMemory<byte> json = """{"choices":[{"delta":{"content":"\u0041b"}}]}"""u8.ToArray();

        Assert.Equal(json, StreamRewriting.Rewrite(ChatCompletions, json, (_, text) => text));
    }

    [Theory]
    [InlineData("\"quoted\" \\ and\nnew line")]
    [InlineData("ü 漢 😀 \u0000 \u2028 </script>")]
    [InlineData("")]
    public void Rewrite_AnyText_ComesOutAsItIs(string text)
    {
        var rewritten = StreamRewriting.Rewrite(
            ChatCompletions, """{"choices":[{"delta":{"content":"😀\n"}}]}"""u8.ToArray(), (_, _) => text);

        Assert.Equal(text, JsonNode.Parse(rewritten.Span)!["choices"]![0]!["delta"]!["content"]!.GetValue<string>());
    }

    [Fact]
    public void Rewrite_HalfOfAPair_IsStillJson()
    {
        var rewritten = StreamRewriting.Rewrite(
            ChatCompletions, """{"choices":[{"delta":{"content":"a"}}]}"""u8.ToArray(), (_, _) => "\ud83d");

        Assert.Equal("\uFFFD", JsonNode.Parse(rewritten.Span)!["choices"]![0]!["delta"]!["content"]!.GetValue<string>());
    }

    [Fact]
    public void Rewrite_SomethingElseThanAnObject_Throws() =>
        Assert.ThrowsAny<JsonException>(() => StreamRewriting.Rewrite(ChatCompletions, "[]"u8.ToArray(), (_, text) => text));

    [Theory]
    [InlineData("{\"a\":1}", "{\"percall\":{\"ai_generated\":true,\"model\":\"gpt-4o\"},\"a\":1}")]
    [InlineData(" { \"a\":1}", " {\"percall\":{\"ai_generated\":true,\"model\":\"gpt-4o\"}, \"a\":1}")]
    [InlineData("{}", "{\"percall\":{\"ai_generated\":true,\"model\":\"gpt-4o\"}}")]
    [InlineData("{ }", "{\"percall\":{\"ai_generated\":true,\"model\":\"gpt-4o\"} }")]
    public void Add_Object_GetsAFirstMember(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Marking.Add(Encoding.UTF8.GetBytes(json), "gpt-4o")));

    [Fact]
    public void Add_NameWithQuotes_IsEscaped() =>
        Assert.Equal("a\"\\ü", JsonNode.Parse(Marking.Add("{\"a\":1}"u8, "a\"\\ü"))!["percall"]!["model"]!.GetValue<string>());

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    public void Add_SomethingElse_Throws(string json) =>
        Assert.Throws<ArgumentException>(() => Marking.Add(Encoding.UTF8.GetBytes(json), "gpt-4o"));
}
