using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Tests.Tokens;
using Xunit;
using static PerCall.LargeModels.LargeModelEndpoint;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class UsagesTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0}}""", 6, 4, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":null}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":null}}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":3}""", 7, 3, 5)]
    [InlineData("""{"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":10}}""", 0, 10, 5)]
    [InlineData("""{"prompt_tokens":"10","completion_tokens":5.0}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":1e1,"completion_tokens":"5.0"}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":10,"total_tokens":15}""", 10, 0, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}""", 10, 0, 0)]
    // The reasoning is in the total, or in the details, but not in the completion.
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35}""", 10, 0, 25)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":20}}""", 10, 0, 25)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":25,"completion_tokens_details":{"reasoning_tokens":20}}""", 10, 0, 25)]
    // Anthropic's usage excludes what was read from and written to the cache.
    [InlineData("""{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":100,"cache_creation_input_tokens":30}""", 40, 100, 5)]
    [InlineData(
        """{"input_tokens":10,"output_tokens":5,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":20}}""",
        40, 0, 5)]
    [InlineData(
        """{"input_tokens":10,"output_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":15}}""",
        45, 0, 5)]
    // A server with OpenAI's usage and such details beside it.
    [InlineData(
        """{"prompt_tokens":130,"completion_tokens":5,"cache_read_input_tokens":100,"cache_creation_input_tokens":20}""", 30, 100, 5)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"cache_creation_input_tokens":20}""", 20, 0, 5)]
    [InlineData("""{"other":{"deep":[1,{}]},"prompt_tokens":10,"completion_tokens":5,"cost":"x"}""", 10, 0, 5)]
    public void Of_PlausibleUsage_IsRead(string usage, long tokens, long cached, long output)
    {
        foreach (var endpoint in (LargeModelEndpoint[])[ChatCompletions, Responses])
        {
            Assert.Equal(new TokenUsage(tokens, cached, output), Of(endpoint, $$"""{"id":"a","usage":{{usage}}}"""));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"prompt_tokens":10}""")]
    [InlineData("""{"completion_tokens":10}""")]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":-10,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":-5}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":-15}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":-1}}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":11}}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":2000000000}""")]
    [InlineData("""{"prompt_tokens":900000000,"completion_tokens":900000000}""")]
    [InlineData("""{"prompt_tokens":1e300,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5.5}""")]
    [InlineData("""{"prompt_tokens":"ten","completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":"NaN","completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":[10],"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":true,"completion_tokens":5}""")]
    public void Of_ImplausibleUsage_IsNull(string usage)
    {
        foreach (var endpoint in (LargeModelEndpoint[])[ChatCompletions, Responses])
        {
            Assert.Null(Of(endpoint, $$"""{"usage":{{usage}}}"""));
        }

        Assert.Null(Of(ChatCompletions, "{}"));
    }

    [Fact]
    public void Of_OtherCalls_HaveUsagesOfTheirOwn()
    {
        Assert.Equal(new TokenUsage(8, 0, 0), Of(Embeddings, """{"usage":{"prompt_tokens":8,"total_tokens":8}}"""));
        Assert.Equal(new TokenUsage(8, 0, 0), Of(Embeddings, """{"usage":{"total_tokens":8}}"""));
        Assert.Equal(new TokenUsage(0, 0, 0, 4), Of(Transcriptions, """{"text":"a","usage":{"type":"duration","seconds":3.2}}"""));
        Assert.Equal(new TokenUsage(0, 0, 0, 4), Of(Transcriptions, """{"text":"a","duration":3.2}"""));
        Assert.Equal(new TokenUsage(0, 0, 0, 4), Of(Transcriptions, """{"text":"a","duration":"3.2"}"""));
        Assert.Equal(
            new TokenUsage(14, 0, 45),
            Of(Transcriptions, """{"usage":{"type":"tokens","input_tokens":14,"output_tokens":45,"total_tokens":59}}"""));
        Assert.Null(Of(Transcriptions, """{"duration":-1}"""));
        Assert.Null(Of(Transcriptions, """{"usage":{"type":"duration","seconds":0}}"""));
        Assert.Null(Of(Transcriptions, """{"text":"a"}"""));
        Assert.Null(Of(Moderations, """{"id":"modr-1","results":[]}"""));
    }

    [Fact]
    public void Settle_PlausibleReport_IsCharged()
    {
        Assert.Equal((new(90, 5, 20), UsageBasis.Reported), Usages.Settle(Facts(), new(90, 5, 20), new(100, 0, 18)));
        // A little beyond the bound, which nobody pays.
        Assert.Equal((new(105, 5, 50), UsageBasis.Reported), Usages.Settle(Facts(), new(115, 5, 51), new(100, 0, 18)));
        Assert.Equal((new(90, 5, 0), UsageBasis.Reported), Usages.Settle(Facts(), new(90, 5, 0), new(100, 0, 0)));
    }

    [Theory]
    [InlineData(90, 5, 0)]
    [InlineData(0, 0, 20)]
    [InlineData(300, 0, 20)]
    [InlineData(0, 221, 20)]
    [InlineData(90, 5, 101)]
    [InlineData(-1, 5, 20)]
    [InlineData(90, -5, 20)]
    [InlineData(90, 5, -20)]
    public void Settle_ImplausibleReport_ChargesTheCount(long tokens, long cached, long output) =>
        Assert.Equal((new(100, 0, 18), UsageBasis.Counted), Usages.Settle(Facts(), new(tokens, cached, output), new(100, 0, 18)));

    [Fact]
    public void Settle_Transcription_ChargesSeconds()
    {
        var facts = Facts() with { Endpoint = Transcriptions, PromptBound = 0, OutputBound = 0, AudioSeconds = 60 };
        var counted = new TokenUsage(0, 0, 0, 60);

        Assert.Equal((new(0, 0, 0, 55), UsageBasis.Reported), Usages.Settle(facts, new(0, 0, 0, 55), counted));
        Assert.Equal((new(0, 0, 0, 60), UsageBasis.Reported), Usages.Settle(facts, new(0, 0, 0, 61), counted));
        Assert.Equal((counted, UsageBasis.Counted), Usages.Settle(facts, new(14, 0, 45), counted));
        Assert.Equal((counted, UsageBasis.Counted), Usages.Settle(facts, null, counted));
        Assert.Equal((counted, UsageBasis.Counted), Usages.Settle(facts, new(0, 0, 0, 6000), counted));
    }

    [Fact]
    public void Settle_AnyReportAndCount_IsWithinTheBoundsAndNeverNegative()
    {
        var number = Gen.OneOf(
            Gen.Choose(-10, 300).Select(n => (long)n), Gen.Elements(long.MinValue, long.MaxValue, -1, 0, 1_000_000_000, long.MaxValue / 2));
        var usage = from a in number from b in number from c in number from d in number select new TokenUsage(a, b, c, d);
        var bounds = from a in Gen.Choose(0, 200) from b in Gen.Choose(0, 200) from c in Gen.Choose(0, 50) select (a, b, c);
        var endpoints = Gen.Elements(Enum.GetValues<LargeModelEndpoint>());

        Check.One(Texts.Sure(2000), Prop.ForAll(
            (from u in usage
             from v in usage
             from b in bounds
             from e in endpoints
             from isReported in Gen.Elements(true, false)
             select (Reported: isReported ? u : (TokenUsage?)null, Counted: v, Bounds: b, Endpoint: e)).ToArbitrary(),
            t =>
            {
                var facts = Facts() with
                {
                    Endpoint = t.Endpoint,
                    PromptBound = t.Bounds.a,
                    OutputBound = t.Bounds.b,
                    AudioSeconds = t.Bounds.c,
                };

                var (used, basis) = Usages.Settle(facts, t.Reported, t.Counted);

                Assert.True(used is { In: >= 0, CachedIn: >= 0, Out: >= 0, AudioSeconds: >= 0 });
                Assert.True(used.In + used.CachedIn <= facts.PromptBound && used.Out <= facts.OutputBound);
                Assert.True(used.AudioSeconds <= facts.AudioSeconds);
                Assert.True(basis == UsageBasis.Counted || t.Reported is not null);
            }));
    }

    private static TokenUsage? Of(LargeModelEndpoint endpoint, string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return Usages.Of(endpoint, document.RootElement);
    }

    private static CallFacts Facts() => new()
    {
        Endpoint = ChatCompletions,
        Stream = false,
        IncludeUsage = false,
        PromptTokens = 100,
        PromptBound = 110,
        OutputBound = 50,
    };
}
