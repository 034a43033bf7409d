using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PerCall.LargeModels.Providers;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>Bodies pass unchanged in both directions.</summary>
public sealed class ContentTests
{
    // With fields, numbers and texts that no client knows.
    private const string Body = """
        {"messages":[{"role":"user","content":[{"type":"text","text":"Grüße 漢字 <b> \u0000 \ud83d\ude00"}],"x_cache":{"ttl":1.50}}],
        "model":"gpt-4o-mini","seed":9223372036854775807,"temperature":0.10,"big":1e400,"future_field":[null,true,{"a":{}}],"n":null}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("azure", LargeModelEndpoint.ChatCompletions)]
    [InlineData("azure", LargeModelEndpoint.Responses)]
    [InlineData("azure", LargeModelEndpoint.Embeddings)]
    [InlineData("azure-v1", LargeModelEndpoint.ChatCompletions)]
    [InlineData("openai", LargeModelEndpoint.ChatCompletions)]
    [InlineData("openai", LargeModelEndpoint.Responses)]
    [InlineData("openai", LargeModelEndpoint.Embeddings)]
    [InlineData("openai", LargeModelEndpoint.Moderations)]
    public async Task Send_AnyBody_ArrivesWholeWithTheDeploymentsModel(string kind, LargeModelEndpoint endpoint)
    {
        await using var server = await ScriptedProvider.StartAsync(https: true);
        using var fixture = new ProviderFixture(
            [
                ($"Models:{ProviderFixture.Model}:Deployments:0:Endpoint", server.Address),
                ($"Models:{ProviderFixture.Model}:Deployments:0:Kind", kind),
                ($"Models:{ProviderFixture.Model}:Deployments:0:Deployment", "its-own-name"),
            ]);

        using var answer = await fixture.SendAsync(Body, endpoint: endpoint, cancellation: Cancellation);

        var sent = JsonNode.Parse(Assert.Single(server.Requests).Text)!.AsObject();
        Assert.Equal("its-own-name", (string?)sent["model"]);
        var expected = JsonNode.Parse(Body)!.AsObject();
        sent.Remove("model");
        expected.Remove("model");
        Assert.Equal(expected.ToJsonString(), sent.ToJsonString());
    }

    [Fact]
    public async Task Send_Twice_LeavesTheCallersBodyUnchanged()
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(server);
        var body = JsonNode.Parse(Body)!.AsObject();
        var request = new ProviderRequest { Route = fixture.Routes.All[0], Endpoint = LargeModelEndpoint.ChatCompletions, Body = body };

        (await fixture.Provider.SendAsync(request, Cancellation)).Dispose();
        (await fixture.Provider.SendAsync(request, Cancellation)).Dispose();

        Assert.Equal(JsonNode.Parse(Body)!.ToJsonString(), body.ToJsonString());
        Assert.Equal(server.Requests[0].Text, server.Requests[1].Text);
    }

    [Fact]
    public async Task Send_Stream_PassesEveryByteOn()
    {
        var events = ": ping\r\n\r\ndata: {\"choices\":[],\"x\":\"é\"}\r\n\r\n"
            + string.Concat(Enumerable.Range(0, 200).Select(i => $"event: e\ndata: {{\"n\":{i}}}\n\n"))
            + "data: [DONE]\n\n";
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream(events));
        using var fixture = new ProviderFixture(server);

        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        Assert.Equal("text/event-stream", answer.ContentType);
        Assert.Equal(events, await ProviderFixture.TextAsync(answer.Body));
    }

    [Fact]
    public async Task Send_Stream_ReturnsAfterTheFirstEventAlready()
    {
        var first = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", async http =>
        {
            await first.Task;
            await http.Response.WriteAsync("data: [DONE]\n\n");
        }));
        using var fixture = new ProviderFixture(server);

        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        first.SetResult();

        Assert.Equal("data: {}\n\ndata: [DONE]\n\n", await ProviderFixture.TextAsync(answer.Body));
    }

    [Fact]
    public async Task Send_Transcription_SendsFieldsAndFileAsForm()
    {
        await using var server = await ScriptedProvider.StartAsync(http =>
        {
            http.Response.ContentType = "text/plain; charset=utf-8";
            return http.Response.WriteAsync("1\n00:00 --> 00:01\nHello\n");
        });
        using var fixture = new ProviderFixture(server);
        byte[] file = [0, 1, 2, 255, 13, 10, 45, 45];

        using var answer = await fixture.Provider.SendAsync(
            new()
            {
                Route = fixture.Routes.All[0],
                Endpoint = LargeModelEndpoint.Transcriptions,
                Form = new(
                    [new("response_format", "srt"), new("timestamp_granularities[]", "word"), new("timestamp_granularities[]", "segment"),
                        new("prompt", "Grüße"), new("model", "not-this-one")],
                    file, "a \"quoted\"\r\nX: y.wav"),
            },
            Cancellation);

        Assert.Equal("text/plain; charset=utf-8", answer.ContentType);
        Assert.Equal("1\n00:00 --> 00:01\nHello\n", await ProviderFixture.TextAsync(answer.Body));
        var form = await FormAsync(Assert.Single(server.Requests));
        Assert.Equal(ProviderFixture.Model, form["model"]);
        Assert.Equal("srt", form["response_format"]);
        Assert.Equal(["word", "segment"], form["timestamp_granularities[]"].ToArray());
        Assert.Equal("Grüße", form["prompt"]);
        var part = Assert.Single(form.Files);
        Assert.Equal(("file", "a %22quoted%22%0D%0AX: y.wav", file.Length), (part.Name, part.FileName, (int)part.Length));
        using var bytes = new MemoryStream();
        await part.CopyToAsync(bytes, Cancellation);
        Assert.Equal(file, bytes.ToArray());
    }

    private static async Task<IFormCollection> FormAsync(SentRequest sent)
    {
        Assert.StartsWith("multipart/form-data", sent.Headers.ContentType, StringComparison.Ordinal);
        var context = new DefaultHttpContext();
        context.Request.ContentType = sent.Headers.ContentType;
        context.Request.Body = new MemoryStream(sent.Body);
        return await context.Request.ReadFormAsync(Cancellation);
    }
}
