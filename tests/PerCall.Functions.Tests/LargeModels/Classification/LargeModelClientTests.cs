using System.Text;
using Microsoft.Extensions.Options;
using PerCall.Functions.LargeModels.Classification;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.Functions.Tests.LargeModels.Classification;

public sealed class LargeModelClientTests
{
    private static readonly string Spam = ScriptedProvider.Answer("""{"label":"spam"}""");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_Text_SendsInstructionsExamplesAndTheLabelsAsSchema()
    {
        var provider = new ScriptedProvider(_ => Spam);

        var reply = await Client(provider).AskAsync(Question("You won"), Cancellation);

        Assert.Equal("""{"label":"spam"}""", reply.Text);
        Assert.Equal(50, reply.PromptTokens);
        // 30 tokens for 2, 20 for 1, 4 for 10 micro-units.
        Assert.Equal(120, reply.Cost);
        Assert.Null(reply.Tokens);
        var body = provider.Bodies.Single();
        Assert.Equal(
            [("system", "Choose."), ("user", "Buy"), ("assistant", """{"label":"spam"}"""), ("user", "You won")],
            body["messages"]!.AsArray().Select(m => ((string)m!["role"]!, (string)m["content"]!)));
        var format = body["response_format"]!;
        Assert.Equal(("json_schema", true), ((string?)format["type"], (bool)format["json_schema"]!["strict"]!));
        Assert.Equal(
            ["spam", "ham"], format["json_schema"]!["schema"]!["properties"]!["label"]!["enum"]!.AsArray().Select(l => (string?)l));
        Assert.Equal(
            (true, 20, 0, 40), ((bool)body["logprobs"]!, (int)body["top_logprobs"]!, (int)body["temperature"]!, (int)body["max_tokens"]!));
    }

    [Fact]
    public async Task Ask_Picture_SendsItsAddress()
    {
        const string Url = "data:image/png;base64,"
            + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";
        var provider = new ScriptedProvider(_ => Spam);

        await Client(provider).AskAsync(Question("") with { Input = new(null, Url) }, Cancellation);

        Assert.Equal(Url, (string?)provider.Bodies.Single()["messages"]![3]!["content"]![0]!["image_url"]!["url"]);
    }

    [Fact]
    public async Task Ask_AnswerWithLogProbabilities_ReturnsItsTokens()
    {
        var provider = new ScriptedProvider(_ => ScriptedProvider.Answer(
            """{"label":"spam"}""", "stop", ("{\"label\":\"", 1, ""), ("spam", 0.75, "ham"), ("\"}", 1, "")));

        var tokens = (await Client(provider).AskAsync(Question("x"), Cancellation)).Tokens!;

        Assert.Equal(["{\"label\":\"", "spam", "\"}"], tokens.Select(t => Encoding.UTF8.GetString(t.Token.Utf8.Span)));
        Assert.Equal(Math.Log(0.75), tokens[1].Token.LogProbability, 1e-9);
        Assert.Equal(("ham", Math.Log(0.25)), (Encoding.UTF8.GetString(tokens[1].Top[0].Utf8.Span), tokens[1].Top[0].LogProbability));
    }

    [Fact]
    public async Task Ask_ModelThatRefusesSomeFields_IsAskedWithoutThemFromThenOn()
    {
        var provider = new ScriptedProvider(body =>
            body.ContainsKey("temperature") ? throw new LargeModelRefusedException(400, "unsupported_value", "no", "temperature")
            : body.ContainsKey("logprobs") ? throw new LargeModelRefusedException(400, "unsupported", "Unknown 'logprobs'.")
            : body.ContainsKey("top_logprobs") ? throw new LargeModelRefusedException(400, "unsupported", "no", "top_logprobs")
            : Spam);
        var client = Client(provider);

        await client.AskAsync(Question("x"), Cancellation);
        Assert.Equal(4, provider.Bodies.Count);
        await client.AskAsync(Question("y"), Cancellation);

        Assert.Equal(5, provider.Bodies.Count);
        Assert.DoesNotContain(provider.Bodies[4].Select(m => m.Key), LabelRequests.Optional.Contains);
    }

    [Theory]
    [InlineData(400, "content_filter")]
    [InlineData(400, "invalid_prompt")]
    public async Task Ask_ContentThatTheProviderRefuses_IsAnErrorOfTheInput(int status, string code)
    {
        var provider = new ScriptedProvider(_ => throw new LargeModelRefusedException(status, code, "no", "messages"));

        var refusal = await Assert.ThrowsAsync<LabelRefusedException>(() => Client(provider).AskAsync(Question("x"), Cancellation));

        Assert.Equal(code, refusal.Code);
        Assert.Single(provider.Bodies);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Ask_ProviderThatCannotAnswerNow_SaysWhenToTryAgain(int status)
    {
        var provider = new ScriptedProvider(_ => throw new LargeModelRefusedException(status, "provider_unavailable", "down")
        {
            RetryAfter = TimeSpan.FromSeconds(17),
        });

        var busy = await Assert.ThrowsAsync<ModelBusyException>(() => Client(provider).AskAsync(Question("x"), Cancellation));

        Assert.Equal(("large_model_unavailable", TimeSpan.FromSeconds(17)), (busy.Code, busy.RetryAfter));
    }

    [Theory]
    [InlineData("{", "large_model_unavailable")]
    [InlineData("", "large_model_unavailable")]
    public async Task Ask_AnswerThatBreaksOff_CanBeTriedAgain(string answer, string code)
    {
        var busy = await Assert.ThrowsAsync<ModelBusyException>(
            () => Client(new(_ => answer)).AskAsync(Question("x"), Cancellation));

        Assert.Equal(code, busy.Code);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { """{"choices":[{"message":{"content":null,"refusal":"I cannot help with that."},"finish_reason":"stop"}]}""", "label_refused" },
        { ScriptedProvider.Answer("", "content_filter"), "content_filter" },
        { ScriptedProvider.Answer("{\"label\":", "length"), "label_incomplete" },
        { """{"choices":[]}""", "label_missing" },
        { """[]""", "label_missing" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Ask_AnswerWithoutALabel_IsAnErrorOfTheInput(string answer, string code)
    {
        var refusal = await Assert.ThrowsAsync<LabelRefusedException>(
            () => Client(new(_ => answer)).AskAsync(Question("x"), Cancellation));

        Assert.Equal(code, refusal.Code);
    }

    [Fact]
    public async Task Ask_TextBeyondTheContext_IsRefusedBeforeItIsSent()
    {
        var provider = new ScriptedProvider(_ => Spam);

        var refusal = await Assert.ThrowsAsync<LabelRefusedException>(
            () => Client(provider).AskAsync(Question(string.Concat(Enumerable.Repeat("word ", 5000))), Cancellation));

        Assert.Equal("context_length_exceeded", refusal.Code);
        Assert.Contains("1000", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(provider.Bodies);
    }

    [Theory]
    [InlineData("gpt", true)]
    [InlineData("embedder", false)]
    [InlineData("unknown", false)]
    public async Task IsConfigured_OnlyForModelsThatAnswerChats(string model, bool expected)
    {
        var client = Client(new(_ => Spam));

        Assert.Equal(expected, client.IsConfigured(model));
        if (!expected)
        {
            await Assert.ThrowsAsync<ModelNotConfiguredException>(
                () => client.AskAsync(Question("x") with { Model = model }, Cancellation));
        }
    }

    private static LabelQuestion Question(string text) => new()
    {
        Model = "gpt",
        Instructions = "Choose.",
        Examples = [new(new("Buy", null), "spam")],
        Labels = ["spam", "ham"],
        Input = new(text, null),
        MaxOutputTokens = 40,
    };

    private static LargeModelClient Client(ScriptedProvider provider)
    {
        var options = Options.Create(new LargeModelOptions
        {
            Models =
            {
                ["gpt"] = Model("chat"),
                ["embedder"] = Model("embeddings"),
            },
        });
        return new(new LargeModelRoutes(options, TimeProvider.System), provider, options);
    }

    private static ModelRouteOptions Model(string endpoints) => new()
    {
        Endpoints = endpoints,
        Tokenizer = "o200k_base",
        ContextTokens = 1000,
        MaxOutputTokens = 500,
        OutputField = "max_tokens",
        Deployments = { new() { Endpoint = "http://localhost:1/v1", Deployment = "gpt" } },
    };
}
