using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Providers;
using Xunit;

namespace PerCall.Functions.Tests.LargeModels;

/// <summary>Which bodies are redacted, and which cannot be.</summary>
public sealed class BodyRedactionTests
{
    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, "false", true)]
    [InlineData(false, "true", true)]
    [InlineData(false, "false", false)]
    [InlineData(false, null, false)]
    public void Apply_PlanOrHeader_Decides(bool plan, string? header, bool redacts)
    {
        var body = Body("""["jane@example.com", "a river"]""");

        var map = Apply(plan, header, LargeModelEndpoint.Embeddings, body);

        Assert.Equal(redacts, map is not null);
        Assert.Equal(redacts ? "[EMAIL_1]" : "jane@example.com", (string?)body["input"]![0]);
    }

    [Theory]
    [InlineData("[1, 2]", true, null)]
    [InlineData("[1, 2]", false, "true")]
    [InlineData("[[1, 2], [3]]", true, null)]
    [InlineData("""["a river", [3]]""", true, null)]
    public void Apply_Tokens_AreRefused(string input, bool plan, string? header)
    {
        var refused = Assert.Throws<RefusedException>(() => Apply(plan, header, LargeModelEndpoint.Embeddings, Body(input)));

        Assert.Equal((400, "tokens_not_redactable", "input"), (refused.Status, refused.Code, refused.Param));
    }

    [Fact]
    public void Apply_TokensWithoutRedaction_StayAsTheyAre()
    {
        var body = Body("[1, 2]");

        Assert.Null(Apply(plan: false, "false", LargeModelEndpoint.Embeddings, body));
        Assert.Equal("[1,2]", body["input"]!.ToJsonString());
    }

    [Theory]
    [InlineData(true, "Spelled jane@example.com.", "Spelled [EMAIL_1].", "audio.mp3")]
    [InlineData(true, "Spelled Jane.", "Spelled Jane.", "audio.mp3")]
    [InlineData(false, "Spelled jane@example.com.", "Spelled jane@example.com.", "call-with-jane@example.com.mp3")]
    public void Apply_Transcription_RedactsThePromptAndTheNameOfTheFile(bool plan, string prompt, string sent, string name)
    {
        var form = new AudioForm([new("language", "en"), new("prompt", prompt)], new byte[] { 1 }, "call-with-jane@example.com.mp3");

        var (redacted, map) = new BodyRedaction(new()).Apply(Http(plan, header: null), form);

        Assert.Equal([new("language", "en"), new("prompt", sent)], redacted.Fields);
        Assert.Equal((name, sent != prompt), (redacted.FileName, map is not null));
        Assert.Equal(prompt, map?.Reinsert(sent) ?? sent);
    }

    private static RedactionMap? Apply(bool plan, string? header, LargeModelEndpoint endpoint, JsonObject body) =>
        new BodyRedaction(new()).Apply(Http(plan, header), endpoint, body);

    private static DefaultHttpContext Http(bool plan, string? header)
    {
        var http = new DefaultHttpContext();
        var terms = new PlanTerms { Plan = "p", Version = 1, Currency = "EUR", Prices = [], Redact = plan };
        new Caller("t", "a", "k", KeyRoles.Call, terms).AttachTo(http);
        if (header is not null)
        {
            http.Request.Headers[BodyRedaction.Header] = header;
        }

        return http;
    }

    private static JsonObject Body(string input) => new() { ["model"] = "m", ["input"] = JsonNode.Parse(input) };
}
