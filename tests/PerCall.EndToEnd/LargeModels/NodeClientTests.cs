using System.Text.Json.Nodes;
using PerCall.EndToEnd.Batches;
using PerCall.Testing;
using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>OpenAI's own client for Node.js, unchanged, on large models.</summary>
[Collection(SharedLargeModels.Name)]
public sealed class NodeClientTests(LargeModelService service) : IAsyncLifetime
{
    private const string Text = " the time people year day";

    private string _key = "";

    public async ValueTask InitializeAsync() => _key = await service.AddCallerAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Chat_WithTwoChoices_GivesBothAndTheirUsage()
    {
        var seen = await RunAsync("chat", "tokens=5; in=20");

        Assert.Equal([Text, Text], seen["texts"]!.AsArray().Select(t => (string?)t));
        Assert.Equal((20, 10), ((int)seen["usage"]!["prompt_tokens"]!, (int)seen["usage"]!["completion_tokens"]!));
        // 20 tokens of the prompt at 3, 10 generated at 7.
        Assert.Equal(130, await PaidAsync());
    }

    [Fact]
    public async Task Stream_WithUsage_GivesTextAndUsage()
    {
        var seen = await RunAsync("stream", "tokens=5; in=20; cached=4");

        Assert.Equal((Text, "stop"), ((string?)seen["text"], (string?)seen["finish"]));
        Assert.Equal((20, 5), ((int)seen["usage"]!["prompt_tokens"]!, (int)seen["usage"]!["completion_tokens"]!));
        Assert.Single(seen["ids"]!.AsArray());
        // 16 tokens at 3, 4 cached ones at 1, 5 generated at 7.
        Assert.Equal(87, await PaidAsync());
    }

    [Fact]
    public async Task Stream_WithoutUsage_GivesNoUsageAndIsChargedByIt()
    {
        var seen = await RunAsync("plainStream", "tokens=5; in=20");

        Assert.Equal((Text, null), ((string?)seen["text"], seen["usage"]));
        Assert.Equal(95, await PaidAsync());
    }

    [Fact]
    public async Task Stream_CancelledInTheMiddle_EndsAtTheProviderAndCostsWhatWasSent()
    {
        var seen = await RunAsync("cancel", "id=node-cancel; tokens=2000; delay=20");

        Assert.True((bool)seen["aborted"]!);
        await Eventually.HoldsAsync(
            () => Task.FromResult(service.Provider.Emissions.Of("node-cancel") is [{ ClosedAt: not null }]),
            "the provider's connection is closed", service.Process);
        var emission = service.Provider.Emissions.Of("node-cancel")[0];
        Assert.InRange(emission.Out, 3, 1999);
        await Eventually.HoldsAsync(async () => await PaidAsync() > 3 * 7, "what was sent is charged", service.Process);
        var line = Assert.Single((await UsageAsync()).Data, l => l.Unit == "token_out");
        Assert.InRange(line.Units, 3, emission.Out);
    }

    [Fact]
    public async Task Tools_WholeAndStreamed_GiveTheArguments()
    {
        var seen = await RunAsync("tools", "");

        Assert.Equal(("find", "tool_calls"), ((string?)seen["name"], (string?)seen["finish"]));
        Assert.Equal("""{"label":"ham","count":1}""", seen["arguments"]!.ToJsonString());
        Assert.Equal("""{"label":"ham","count":1}""", (string?)seen["streamed"]!["arguments"]);
    }

    [Fact]
    public async Task Schema_WithLogprobs_GivesAnswerAndProbabilities()
    {
        var seen = await RunAsync("schema", "label=spam; p=0.8");

        Assert.Equal("""{"label":"spam","count":1}""", seen["parsed"]!.ToJsonString());
        var label = Assert.Single(seen["logprobs"]!.AsArray(), l => (string?)l!["token"] == "spam");
        Assert.Equal(0.8, Math.Exp((double)label!["logprob"]!), 6);
        Assert.Equal("ham", (string?)label["top_logprobs"]![1]!["token"]);
    }

    [Fact]
    public async Task Responses_WholeAndStreamed_GiveTheTextAndAreCharged()
    {
        var whole = await RunAsync("responses", "tokens=5; in=20");
        var streamed = await RunAsync("responsesStream", "tokens=5; in=20");

        Assert.Equal((Text, Text), ((string?)whole["text"], (string?)streamed["text"]));
        Assert.Equal("response.completed", (string?)streamed["types"]!.AsArray()[^1]);
        Assert.Equal(5, (int)streamed["usage"]!["output_tokens"]!);
        Assert.Equal(2 * 95, await PaidAsync());
    }

    [Fact]
    public async Task Embeddings_OfTwoTexts_AreTheProvidersVectors()
    {
        var seen = await RunAsync("embeddings", "", StandInModels.Vectors.Name);

        Assert.Equal([4, 4], seen["vectors"]!.AsArray().Select(v => v!.AsArray().Count));
        Assert.NotEqual(0, await PaidAsync());
    }

    [Fact]
    public async Task Transcription_OfASecond_IsChargedByTheSecond()
    {
        var seen = await RunAsync("transcription", "tokens=5; usage=duration; seconds=1", StandInModels.Speech.Name);

        Assert.Equal(Text, (string?)seen["text"]);
        Assert.Equal(StandInModels.Speech.Second, await PaidAsync());
    }

    [Fact]
    public async Task Moderation_OfTwoTexts_FlagsOne() =>
        Assert.Equal("[false,true]", (await RunAsync("moderation", "", StandInModels.Guard.Name)).ToJsonString());

    [Fact]
    public async Task Models_OfThePlan_ListLocalAndLargeOnes()
    {
        var seen = await RunAsync("models", "");

        Assert.Contains("steady", seen["ids"]!.AsArray().Select(i => (string?)i));
        Assert.Equal("steady", (string?)seen["retrieved"]!["id"]);
        Assert.Equal("NotFoundError 404 model_not_found", Refusal(seen["unknown"]!));
    }

    [Theory]
    [InlineData("broken", "status=400", "BadRequestError 400 unsupported_value", "temperature")]
    [InlineData("broken", "filter=prompt", "BadRequestError 400 content_filter", "content management policy")]
    [InlineData("limited", "status=429", "RateLimitError 429", "")]
    [InlineData("down", "status=500", "InternalServerError 503", "")]
    [InlineData("down", "status=401", "InternalServerError 503", "")]
    public async Task Refusal_OfTheProvider_ShowsItsMessage(string model, string script, string expected, string message)
    {
        var seen = await RunAsync("refused", script, model);

        Assert.All(seen.AsObject(), call =>
        {
            Assert.StartsWith(expected, Refusal(call.Value!), StringComparison.Ordinal);
            Assert.Contains(message, (string)call.Value!["message"]!, StringComparison.Ordinal);
        });
        Assert.Equal(0, await PaidAsync());
    }

    [Fact]
    public async Task Refusal_OfABadCall_NamesTheField()
    {
        var seen = await RunAsync("refusals", "");

        (string Call, string Expected)[] expected =
        [
            ("model", "NotFoundError 404 model_not_found model"),
            ("key", "AuthenticationError 401 invalid_key "),
            ("messages", "BadRequestError 400 invalid_type messages"),
            ("tool", "BadRequestError 400 invalid_function_parameters tools[0].function.parameters"),
            ("bound", "BadRequestError 400 output_limit_exceeded max_completion_tokens"),
            ("context", "BadRequestError 400 context_length_exceeded messages"),
            ("image", "BadRequestError 400 invalid_base64 messages[0].content[0].image_url.url"),
            ("previous", "BadRequestError 400 unsupported_parameter previous_response_id"),
            ("method", "APIError 405 method_not_allowed "),
            ("path", "NotFoundError 404 path_not_found "),
        ];
        Assert.Equal(
            expected.Select(e => $"{e.Call}: {e.Expected}"),
            seen.AsObject().Select(s => $"{s.Key}: {Refusal(s.Value!)} {s.Value!["param"]}"));
        Assert.All(seen.AsObject(), s => Assert.NotEmpty((string)s.Value!["message"]!));
        Assert.Equal(0, await PaidAsync());
    }

    private static string Refusal(JsonNode refusal) => $"{refusal["name"]} {refusal["status"]} {refusal["code"]}";

    private async Task<Client.Wire.UsageReport> UsageAsync() =>
        await Client.PerCallClient.Connect(service.Process.Address, _key)
            .GetUsageAsync(cancellation: TestContext.Current.CancellationToken);

    private async Task<long> PaidAsync() => (await UsageAsync()).Data.Sum(l => l.Charge);

    private Task<JsonNode> RunAsync(string task, string script, string model = "steady") =>
        OpenAiClient.RunScriptAsync(service.Process.Address, _key, "large-models.mjs", task, model, script);
}
