using System.Text.Json.Nodes;
using PerCall.EndToEnd.Batches;
using PerCall.StandIn;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>The stand-in provider keeps OpenAI's contract, as OpenAI's own client reads it.</summary>
public sealed class StandInClientTests : IAsyncLifetime
{
    private StandInProvider _provider = null!;

    public async ValueTask InitializeAsync() =>
        _provider = await StandInProvider.StartAsync(new() { Deployments = new Dictionary<string, string> { ["mini"] = "" } });

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task Stream_OfTheScript_IsReadByTheClient()
    {
        var seen = await RunAsync("stream", "tokens=5; in=11; cached=2");

        Assert.Equal((" the time people year day", "stop"), ((string?)seen["text"], (string?)seen["finish"]));
        Assert.Equal((11, 5), ((int)seen["usage"]!["prompt_tokens"]!, (int)seen["usage"]!["completion_tokens"]!));
    }

    [Fact]
    public async Task Tools_AsJson_AreReadByTheClient()
    {
        var seen = await RunAsync("tools", "");

        Assert.Equal("""{"label":"ham","count":1}""", seen["arguments"]!.ToJsonString());
        Assert.Equal("""{"label":"ham","count":1}""", (string?)seen["streamed"]!["arguments"]);
    }

    [Fact]
    public async Task Responses_Streamed_AreReadByTheClient()
    {
        var seen = await RunAsync("responsesStream", "tokens=4");

        Assert.Equal(" the time people year", (string?)seen["text"]);
        Assert.Equal(4, (int)seen["usage"]!["output_tokens"]!);
    }

    [Fact]
    public async Task Error_OfTheScript_IsReadByTheClient()
    {
        var seen = await RunAsync("refused", "status=429");

        Assert.Equal(
            "RateLimitError 429 rate_limit_exceeded", $"{seen["chat"]!["name"]} {seen["chat"]!["status"]} {seen["chat"]!["code"]}");
    }

    private Task<JsonNode> RunAsync(string task, string script) =>
        OpenAiClient.RunScriptAsync(_provider.Address, "for-tests-only", "large-models.mjs", task, "mini", script);
}
