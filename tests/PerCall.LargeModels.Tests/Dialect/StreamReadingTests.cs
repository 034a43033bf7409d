using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Tests.Tokens;
using Xunit;
using static PerCall.LargeModels.LargeModelEndpoint;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class StreamReadingTests
{
    private const string Hel = """{"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}],"usage":null}""";
    private const string Lo = """{"id":"1","choices":[{"delta":{"content":"lo"},"index":0}]}""";
    private const string Stop = """{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string UsageOnly = """{"id":"1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}""";

    [Fact]
    public async Task Read_ChatCompletion_GivesEachEventWithItsText()
    {
        var (pieces, broken) = await Read(ChatCompletions, Hel, Lo, Stop, UsageOnly, "[DONE]", Lo);

        Assert.Null(broken);
        Assert.Equal([Hel, Lo, Stop, UsageOnly], pieces.Select(Streams.TextOf));
        Assert.Equal(["Hel", "lo", "", ""], pieces.Select(p => p.Text));
        Assert.Equal([false, false, true, true], pieces.Select(p => p.Ends));
        Assert.Equal([null, null, null, new TokenUsage(10, 0, 2)], pieces.Select(p => p.Usage));
        Assert.All(pieces, p => Assert.True(p.EventType is null && p.Error is null));
    }

    [Fact]
    public async Task Read_UsageThatTheCallerDidNotAskFor_IsReadButNotSentOn()
    {
        var facts = Streams.Facts(ChatCompletions, includeUsage: false);
        var withChoices = Lo.Replace("]}", "],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}}", StringComparison.Ordinal);

        var (pieces, broken) = await Streams.ReadAsync(facts, Streams.Events(withChoices, Stop, UsageOnly, "[DONE]"));

        Assert.Null(broken);
        Assert.Equal([withChoices, Stop, ""], pieces.Select(Streams.TextOf));
        Assert.Equal([new TokenUsage(10, 0, 2), null, new TokenUsage(10, 0, 2)], pieces.Select(p => p.Usage));
    }

    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":2}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":99999999999}""")]
    public async Task Read_ImplausibleUsage_IsNull(string usage)
    {
        var (pieces, _) = await Read(ChatCompletions, Hel, Stop, $$"""{"choices":[],"usage":{{usage}}}""", "[DONE]");

        Assert.All(pieces, p => Assert.Null(p.Usage));
    }

    [Theory]
    [InlineData(true, Hel, Stop)]
    [InlineData(true, Hel, "[DONE]")]
    [InlineData(true, Hel, Stop, UsageOnly)]
    [InlineData(false, Hel)]
    [InlineData(false, Hel, UsageOnly)]
    [InlineData(false)]
    [InlineData(false, Stop, """{"choices":[{"index":1,"delta":{"content":"b"}}]}""")]
    public async Task Read_StreamThatEnds_IsWholeAfterDoneOrTheFinishOfEachChoice(bool whole, params string[] events)
    {
        var (pieces, broken) = await Read(ChatCompletions, events);

        Assert.Equal(whole, broken is null);
        Assert.Equal(events.Count(e => e != "[DONE]"), pieces.Count);
    }

    [Fact]
    public async Task Read_SeveralChoices_EndsWithTheLastOfThem()
    {
        var facts = Streams.Facts(ChatCompletions, choices: 2);
        var (pieces, broken) = await Streams.ReadAsync(facts, Streams.Events(
            """{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            """{"choices":[{"index":1,"delta":{"content":"c"}}]}""",
            """{"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"""));

        Assert.Null(broken);
        Assert.Equal(["ab", "", "c", ""], pieces.Select(p => p.Text));
        Assert.Equal([false, false, false, true], pieces.Select(p => p.Ends));
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"refusal":"no"}}]}""", "no")]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"hm","content":""}}]}""", "hm")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\""}}]}}]}""", "f{\"a\"")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"custom":{"name":"f","input":"x"}}],"content":null}}]}""", "fx")]
    [InlineData("""{"choices":[{"delta":{"function_call":{"name":"f","arguments":"1"}}}]}""", "f1")]
    [InlineData("""{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}""", "ab")]
    [InlineData("""{"choices":[{"delta":{"content":"\u00fc\ud83d\ude00\n"}}]}""", "ü😀\n")]
    [InlineData("""{"choices":[{"delta":{"content":"\ud83d"}}]}""", "\\ud83d")]
    [InlineData("""{"choices":[{"text":"old"}]}""", "old")]
    [InlineData("""{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}""", "")]
    [InlineData("""{"choices":null,"x":{"choices":[{"delta":{"content":"no"}}]}}""", "")]
    public async Task Read_EachShapeOfADelta_GivesItsText(string data, string text)
    {
        var (pieces, _) = await Read(ChatCompletions, data, "[DONE]");

        Assert.Equal(text, Assert.Single(pieces).Text);
    }

    [Theory]
    [InlineData("""{"error":{"message":"bad","code":"server_error","type":"t"}}""", "bad", "server_error", "t")]
    [InlineData("""{"error":"bad"}""", "bad", null, null)]
    [InlineData("""{"choices":[],"error":{"code":500}}""", "The provider reported an error.", "500", null)]
    public async Task Read_ErrorInside_IsTheLastPiece(string data, string message, string? code, string? type)
    {
        var (pieces, broken) = await Read(ChatCompletions, Hel, data, Lo, Stop, "[DONE]");

        Assert.Null(broken);
        Assert.Equal(2, pieces.Count);
        Assert.Equal(new StreamError(message, code, type), pieces[1].Error);
        Assert.Equal(data, Streams.TextOf(pieces[1]));
    }

    [Fact]
    public async Task Read_EventOfTypeError_IsAnError()
    {
        var (pieces, _) = await Streams.ReadAsync(
            Streams.Facts(ChatCompletions), "event: error\ndata: {\"message\":\"bad\",\"code\":1}\n\n");

        Assert.Equal(new("bad", "1", null), Assert.Single(pieces).Error);
    }

    [Theory]
    [InlineData("{\"choices\":")]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("{} {}")]
    public async Task Read_EventThatIsNotAnObject_IsABreak(string data)
    {
        var (pieces, broken) = await Read(ChatCompletions, Hel, data, Stop, "[DONE]");

        Assert.Single(pieces);
        Assert.NotNull(broken);
    }

    [Fact]
    public async Task Read_EventThatIsTooLong_IsABreakWithoutHoldingIt()
    {
        var body = new Streams.ChunkedStream(Encoding.UTF8.GetBytes(Streams.Events(Hel) + "data: " + new string('x', 4 << 20)), () => 4096);

        var (pieces, broken) = await Streams.ReadAsync(Streams.Facts(ChatCompletions), body);

        Assert.Single(pieces);
        Assert.Contains("bytes", broken!.Message, StringComparison.Ordinal);
        Assert.InRange(body.Position, 1 << 20, (1 << 20) + 16_384);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public async Task Read_MoreThanTheLimitInManyEvents_IsRead(string end)
    {
        var data = "{\"choices\":[{\"delta\":{\"content\":\"" + new string('x', 300_000) + "\"}}]}";
        var body = string.Concat(Enumerable.Repeat($": ping{end}{end}data: {data}{end}{end}", 6)) + $"data: [DONE]{end}{end}";

        var (pieces, broken) = await Streams.ReadAsync(Streams.Facts(ChatCompletions), body, chunk: 10_001);

        Assert.Null(broken);
        Assert.Equal(6, pieces.Count);
    }

    [Fact]
    public async Task Read_Responses_GivesTextsUsageAndEnd()
    {
        var (pieces, broken) = await Streams.ReadAsync(Streams.Facts(Responses), Typed(
            """{"type":"response.created","response":{"id":"r","instructions":"usage","usage":null,"error":null}}""",
            """{"type":"response.output_text.delta","output_index":0,"delta":"Hel"}""",
            """{"delta":"lo","type":"response.output_text.delta"}""",
            """{"type":"response.function_call_arguments.delta","delta":"{}"}""",
            """{"type":"response.refusal.delta","delta":"no"}""",
            """{"type":"response.output_audio.delta","delta":"AAAA"}""",
            """{"type":"response.output_text.done","text":"Hello"}""",
            """{"type":"response.completed","response":{"output":[{"type":"message","content":[{"text":"Hello"}]}],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":2,"total_tokens":12}}}"""));

        Assert.Null(broken);
        Assert.Equal(["", "Hel", "lo", "{}", "no", "", "", ""], pieces.Select(p => p.Text));
        Assert.Equal(new TokenUsage(6, 4, 2), pieces[^1].Usage);
        Assert.Equal("response.output_text.delta", pieces[1].EventType);
        Assert.True(pieces[^1].Ends && pieces[..^1].TrueForAll(p => !p.Ends && p.Usage is null));
    }

    [Fact]
    public async Task Read_ResponseWithoutDeltas_TakesTheTextOfTheLastEvent()
    {
        var (pieces, _) = await Streams.ReadAsync(Streams.Facts(Responses), Typed(
            """{"type":"response.completed","response":{"output":[{"type":"message","content":[{"text":"Hello"}]}]}}"""));

        Assert.Equal("Hello", Assert.Single(pieces).Text);
    }

    [Fact]
    public async Task Read_ResponsesEnds_AreCompleteOrErrors()
    {
        var incomplete = await Streams.ReadAsync(Streams.Facts(Responses), Typed("""{"type":"response.incomplete","response":{}}"""));
        Assert.True(incomplete.Broken is null && incomplete.Pieces[0].Ends);

        var failed = await Streams.ReadAsync(Streams.Facts(Responses), Typed(
            """{"type":"response.failed","response":{"error":{"code":"server_error","message":"bad"},"usage":null}}"""));
        Assert.Equal(new("bad", "server_error", null), failed.Pieces[0].Error);

        var error = await Streams.ReadAsync(Streams.Facts(Responses), Typed("""{"type":"error","code":"rate_limit","message":"slow"}"""));
        Assert.Equal(new("slow", "rate_limit", null), error.Pieces[0].Error);

        var cut = await Streams.ReadAsync(Streams.Facts(Responses), Typed("""{"type":"response.output_text.delta","delta":"a"}"""));
        Assert.NotNull(cut.Broken);
    }

    [Fact]
    public async Task Read_Transcription_GivesTextsAndUsage()
    {
        var (pieces, broken) = await Read(
            Transcriptions,
            """{"type":"transcript.text.delta","delta":"Hel"}""",
            """{"type":"transcript.text.delta","delta":"lo"}""",
            """{"type":"transcript.text.done","text":"Hello","usage":{"type":"duration","seconds":2.5}}""");

        Assert.Null(broken);
        Assert.Equal(["Hel", "lo", ""], pieces.Select(p => p.Text));
        Assert.Equal(new TokenUsage(0, 0, 0, 3), pieces[^1].Usage);
        Assert.NotNull((await Read(Transcriptions, """{"type":"transcript.text.delta","delta":"Hel"}""")).Broken);
    }

    [Fact]
    public async Task Read_BrokenConnection_GivesWhatCameAndThrows()
    {
        var (pieces, broken) = await Streams.ReadAsync(
            Streams.Facts(ChatCompletions), new Breaking(Encoding.UTF8.GetBytes(Streams.Events(Hel, Lo))));

        Assert.Equal(2, pieces.Count);
        Assert.Equal("reset", broken!.Message);
    }

    [Fact]
    public void Read_AnyChunking_GivesTheSamePieces()
    {
        var events = Gen.Elements(
            $"data: {Hel}\n\n", $"data:{Lo}\r\n\r\n", $"event: x\rdata: {UsageOnly}\r\r", ": ping\n\n", "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"😀\"}}]}\n\n",
            "\n", "data:\n\n", $"id: 7\ndata: {Stop}\n\n", "data: {\"error\":{\"message\":\"ü\"}}\n\n", "retry: 5\n");

        Check.One(Texts.Sure(300), Prop.ForAll(
            events.ListOf().Select(list => string.Concat(list.Append("data: [DONE]\n\n"))).ToArbitrary(),
            Gen.Choose(1, int.MaxValue).ToArbitrary(),
            (body, seed) =>
            {
                var random = new Random(seed);
                var bytes = Encoding.UTF8.GetBytes(body);
                var whole = Described(new MemoryStream(bytes));

                Assert.Equal(whole, Described(new Streams.ChunkedStream(bytes, () => random.Next(1, 40))));
                Assert.Equal(whole, Described(new Streams.ChunkedStream(bytes, () => 1)));
            }));

        // The streams are in memory, so reading never waits.
        static List<string> Described(Stream body)
        {
            var reading = Streams.ReadAsync(Streams.Facts(ChatCompletions, includeUsage: false), body);
            Assert.True(reading.IsCompleted);
            var (pieces, broken) = reading.GetAwaiter().GetResult();
            Assert.Null(broken);
            return pieces.ConvertAll(p => $"{p.EventType}|{p.Text}|{p.Usage}|{p.Error}|{p.Ends}|{Streams.TextOf(p)}");
        }
    }

    private static Task<(List<StreamPiece> Pieces, IOException? Broken)> Read(LargeModelEndpoint endpoint, params string[] data) =>
        Streams.ReadAsync(Streams.Facts(endpoint), Streams.Events(data));

    private static string Typed(params string[] data) => string.Concat(data.Select(d =>
        $"event: {System.Text.Json.JsonDocument.Parse(d).RootElement.GetProperty("type").GetString()}\ndata: {d}\n\n"));

    private sealed class Breaking(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new IOException("reset");
        }
    }
}
