using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>Which faults lead to another deployment, and which to the caller.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Faults => new()
    {
        { "429", "rate_limited" }, { "500", "server_error" }, { "502", "server_error" }, { "503", "server_error" },
        { "408", "server_error" }, { "401", "misconfigured" }, { "403", "misconfigured" }, { "404", "misconfigured" },
        { "aborted", "unreachable" }, { "cut body", "unreachable" }, { "html", "invalid_answer" }, { "error member", "invalid_answer" },
        { "error text", "invalid_answer" }, { "error object", "invalid_answer" }, { "empty", "invalid_answer" },
        { "rate limit in a 200", "rate_limited" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Send_FaultOfTheFirst_IsAnsweredByTheSecond(string fault, string outcome)
    {
        await using var first = await ScriptedProvider.StartAsync(Script(fault));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(first, second);

        using var answer = await fixture.SendAsync(cancellation: Cancellation);

        Assert.Equal("gpt-4o-mini/1", answer.Deployment.Name);
        Assert.Equal(ScriptedProvider.Answer, await ProviderFixture.TextAsync(answer.Body));
        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
        var line = Assert.Single(fixture.Log.Lines, l => l.Text.StartsWith("Deployment gpt-4o-mini/0 ", StringComparison.Ordinal));
        if (outcome == "misconfigured")
        {
            Assert.Equal(LogLevel.Error, line.Level);
        }
        else
        {
            Assert.Equal(LogLevel.Warning, line.Level);
            Assert.Contains($": {outcome}, ", line.Text, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string> FirstEvents =>
    [
        "data: {\"error\":{\"message\":\"overloaded\",\"code\":\"server_error\"}}\n\n",
        "data: {\"error\":\"overloaded\"}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"overloaded\"}\n\n",
        "event: error\ndata: overloaded\n\n",
        "data: {\"type\":\"error\",\"message\":\"overloaded\"}\n\n",
        "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}}\n\n",
        "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\"}}}\n\n",
        "data: {\"object\":\"error\",\"message\":\"overloaded\",\"code\":50001}\n\n",
        ": ping\n\n",
        "",
    ];

    [Theory]
    [MemberData(nameof(FirstEvents))]
    public async Task Send_StreamThatBeginsWithAnError_IsAnsweredByTheSecond(string events)
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Stream(events));
        await using var second = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n"));
        using var fixture = new ProviderFixture(first, second);

        Assert.Equal("data: {}\n\n", await fixture.AnswerAsync(stream: true));
        Assert.Single(first.Requests);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"an error\"}}],\"error\":null}\n\n")]
    [InlineData("event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n")]
    [InlineData("data: not JSON, but no error\n\n")]
    public async Task Send_StreamThatOnlyMentionsAnError_IsPassedOn(string events)
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Stream(events));
        using var fixture = new ProviderFixture(first);

        Assert.Equal(events, await fixture.AnswerAsync(stream: true));
    }

    [Fact]
    public async Task Send_StreamThatBreaksAfterItsFirstEvent_IsNotSentAgain()
    {
        var delivered = new TaskCompletionSource();
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", async http =>
        {
            await delivered.Task;
            http.Abort();
        }));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(first, second);

        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        delivered.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => ProviderFixture.TextAsync(answer.Body));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Send_StreamAnsweredWithJson_IsAnsweredByTheSecond()
    {
        await using var first = await ScriptedProvider.StartAsync();
        await using var second = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n"));
        using var fixture = new ProviderFixture(first, second);

        Assert.Equal("data: {}\n\n", await fixture.AnswerAsync(stream: true));
    }

    [Fact]
    public async Task Send_ToAnAddressThatDoesNotListen_IsAnsweredByTheSecond()
    {
        await using var closed = await ScriptedProvider.StartAsync();
        var address = closed.Address;
        await closed.DisposeAsync();
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(ProviderFixture.Deployments(address, second.Address));

        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
    }

    [Fact]
    public async Task Send_WithoutAToken_IsAnsweredByTheSecond()
    {
        await using var first = await ScriptedProvider.StartAsync();
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(first.Address, second.Address), ($"Models:{ProviderFixture.Model}:Deployments:0:Kind", "azure")]);
        fixture.Credential.Fault = new CredentialUnavailableException("No identity here.");

        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
        Assert.Empty(first.Requests);
        Assert.Contains(fixture.Log.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("No identity here.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(409)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task Send_RefusedContent_GoesToTheCallerWithTheProvidersWords(int status)
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Json(
            """{"error":{"message":"Blocked by policy.","type":null,"param":"messages[0]","code":"content_filter","innererror":{}}}""", status));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(first, second);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal(
            (status, "content_filter", "Blocked by policy.", "messages[0]"),
            (refusal.Status, refusal.Code, refusal.Message, refusal.Param));
        Assert.Empty(second.Requests);
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","code":"content_filter"}}""", "content_filter")]
    [InlineData("""{"error":{"message":"m","type":"invalid_request_error"}}""", "invalid_request_error")]
    [InlineData("""{"object":"error","message":"m","type":"BadRequestError","code":400}""", "BadRequestError")]
    [InlineData("""{"error":{"message":"m","code":400}}""", "invalid_request_error")]
    public async Task Send_RefusedContentInsideA200_GoesToTheCaller(string body, string code)
    {
        foreach (var (script, stream) in new[] { (ScriptedProvider.Json(body), false), (ScriptedProvider.Stream($"data: {body}\n\n"), true) })
        {
            await using var first = await ScriptedProvider.StartAsync(script);
            await using var second = await ScriptedProvider.StartAsync();
            using var fixture = new ProviderFixture(first, second);

            var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(
                () => fixture.SendAsync(stream: stream, cancellation: Cancellation));

            Assert.Equal((400, code, "m"), (refusal.Status, refusal.Code, refusal.Message));
            Assert.Empty(second.Requests);
        }
    }

    [Theory]
    [InlineData("<html>no</html>", "The provider refused the call with status 400.", "invalid_request_error")]
    [InlineData("""{"error":"a text"}""", "a text", "invalid_request_error")]
    [InlineData("""{"message":"flat","code":"flat_code"}""", "flat", "flat_code")]
    [InlineData("""{"error":{"message":"m","code":"not a code"}}""", "m", "invalid_request_error")]
    public async Task Send_RefusalInAnotherShape_IsUnderstood(string body, string message, string code)
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Json(body, 400));
        using var fixture = new ProviderFixture(first);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal((message, code), (refusal.Message, refusal.Code));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Send_RefusedService_IsNotBlamedOnTheCaller(int status)
    {
        await using var first = await ScriptedProvider.StartAsync(
            ScriptedProvider.Json("""{"error":{"message":"Incorrect API key provided: sk-secret","code":"invalid_api_key"}}""", status));
        using var fixture = new ProviderFixture(first);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal((503, "provider_unavailable"), (refusal.Status, refusal.Code));
        Assert.DoesNotContain("key", refusal.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(fixture.Log.Lines, l => l.Text.Contains("sk-secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Send_AllFail_TriesEachOnce()
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Json("{}", 500));
        using var fixture = new ProviderFixture(server, server, server);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal((503, "provider_unavailable", null), (refusal.Status, refusal.Code, refusal.RetryAfter));
        Assert.Equal(3, server.Requests.Count);
    }

    private static Func<HttpContext, Task> Script(string fault) => fault switch
    {
        "aborted" => http =>
        {
            http.Abort();
            return Task.CompletedTask;
        },
        "cut body" => async http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = 1000;
            await http.Response.WriteAsync("{\"id\":");
            await http.Response.Body.FlushAsync();
            http.Abort();
        },
        "html" => ScriptedProvider.Json("<html>A proxy's page</html>"),
        "error member" => ScriptedProvider.Json("""{"id":"a","error":{"message":"no","code":"server_error"}}"""),
        "error text" => ScriptedProvider.Json("""{"error":"no"}"""),
        "error object" => ScriptedProvider.Json("""{"object":"error","message":"no","code":500}"""),
        "rate limit in a 200" => ScriptedProvider.Json("""{"error":{"message":"no","code":"rate_limit_exceeded"}}"""),
        "empty" => ScriptedProvider.Json(""),
        _ => ScriptedProvider.Json("""{"error":{"message":"no"}}""", int.Parse(fault)),
    };
}
