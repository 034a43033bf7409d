using System.Net;
using System.Text;
using System.Text.Json;
using PerCall.StandIn;
using PerCall.Testing;
using Xunit;

namespace PerCall.LargeModels.Tests.StandIn;

public sealed class StandInProviderTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private StandInProvider _provider = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _provider = await StandInProvider.StartAsync();
        _http.BaseAddress = _provider.Address;
        _http.DefaultRequestHeaders.Add("api-key", "for-tests-only");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("v1/chat/completions")]
    [InlineData("openai/v1/chat/completions")]
    [InlineData("openai/deployments/mini/chat/completions?api-version=2024-10-21")]
    public async Task Stream_AtEachAddress_HasTheScriptsTokensAndUsage(string path)
    {
        var lines = await StreamAsync(path, "id=a; tokens=5; in=9; cached=4");

        Assert.Equal("data: [DONE]", lines[^1]);
        Assert.Equal(5, lines.Count(l => l.Contains("\"delta\":{\"content\":\" ", StringComparison.Ordinal)));
        using var last = JsonDocument.Parse(lines[^2]["data: ".Length..]);
        Assert.Equal(9, last.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(
            4, last.RootElement.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        var emission = Assert.Single(_provider.Emissions.Of("a"));
        Assert.Equal(("mini", 200, 5, 9, true, true), (
            emission.Deployment, emission.Status, emission.Out, emission.In, emission.Complete, emission.Billed));
    }

    [Theory]
    [InlineData("cut=3", 3)]
    [InlineData("cut=0", 0)]
    [InlineData("cut=6", 6)]
    public async Task Stream_ThatIsCut_DeliversTheTokensBefore(string fault, int tokens)
    {
        var seen = new List<string>();

        await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync("v1/chat/completions", $"id=b; tokens=6; {fault}", seen));

        Assert.Equal(tokens, seen.Count(l => l.Contains("\"content\":\" ", StringComparison.Ordinal)));
        var emission = Assert.Single(_provider.Emissions.Of("b"));
        Assert.Equal((tokens, false, null), (emission.Out, emission.Complete, emission.ClosedAt));
    }

    [Fact]
    public async Task Stream_WhoseClientLeaves_RecordsWhenAndBillsWhatItEmitted()
    {
        using (var response = await SendAsync("v1/chat/completions", "id=c; tokens=100000; delay=1", stream: true))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            await reader.ReadLineAsync(Cancellation);
        }

        await Eventually.HoldsAsync(
            () => Task.FromResult(_provider.Emissions.Of("c") is [{ ClosedAt: not null }]), "the client's leaving is recorded");
        var emission = _provider.Emissions.Of("c")[0];
        Assert.InRange(emission.Out, 1, 99_999);
        Assert.True(emission is { Billed: true, Complete: false } && emission.ClosedAt >= emission.Began);
    }

    [Theory]
    [InlineData("v1/chat/completions", "status=429; retry-after=7", 429, "rate_limit_exceeded")]
    [InlineData("v1/chat/completions", "status=400", 400, "unsupported_value")]
    [InlineData("openai/deployments/mini/chat/completions?api-version=1", "status=429; retry-after=7", 429, "429")]
    [InlineData("openai/deployments/mini/chat/completions?api-version=1", "filter=prompt", 400, "content_filter")]
    [InlineData("openai/deployments/mini/chat/completions", "tokens=1", 404, "404")]
    [InlineData("v1/chat/completions", "tokns=1", 400, "invalid_request")]
    public async Task Call_Refused_HasTheProvidersShape(string path, string script, int status, string code)
    {
        using var response = await SendAsync(path, script, stream: false);

        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(script.Contains("retry-after", StringComparison.Ordinal) ? "7" : null, response.Headers.RetryAfter?.ToString());
    }

    [Fact]
    public async Task Call_WithAnotherKey_IsRefused()
    {
        await using var provider = await StandInProvider.StartAsync(new() { Key = "the-key" });
        using var http = new HttpClient { BaseAddress = provider.Address };
        async Task<HttpStatusCode> ModelsAsync(string name, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { name, value } } };
            using var response = await http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await ModelsAsync("Authorization", "Bearer the-key"));
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync("api-key", "the-key"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ModelsAsync("api-key", "another"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ModelsAsync("x-key", "the-key"));
    }

    [Fact]
    public async Task Deployment_ThatIsBroken_AnswersByItsScript()
    {
        _provider.Break("bad", "status=503");

        using var bad = await SendAsync("openai/deployments/bad/chat/completions?api-version=1", "tokens=1", stream: false);
        using var good = await SendAsync("openai/deployments/good/chat/completions?api-version=1", "at=bad; status=500", stream: false);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (bad.StatusCode, good.StatusCode));
    }

    [Theory]
    [InlineData("negative", "-3")]
    [InlineData("absurd", "1000000000000002")]
    [InlineData("string", "\"2\"")]
    [InlineData("float", "2.0")]
    [InlineData("zero", "0")]
    [InlineData("missing", null)]
    public async Task Usage_OfEachShape_IsWrittenAsSuch(string shape, string? completionTokens)
    {
        using var response = await SendAsync("v1/chat/completions", $"tokens=2; usage={shape}", stream: false);

        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(
            completionTokens,
            answer.RootElement.TryGetProperty("usage", out var usage) ? usage.GetProperty("completion_tokens").GetRawText() : null);
    }

    private async Task<List<string>> StreamAsync(string path, string script)
    {
        var lines = new List<string>();
        await ReadAsync(path, script, lines);
        return lines;
    }

    private async Task ReadAsync(string path, string script, List<string> lines)
    {
        using var response = await SendAsync(path, script, stream: true);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        while (await reader.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(line);
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string script, bool stream)
    {
        var body = JsonSerializer.Serialize(new
        {
            model = "mini",
            stream,
            stream_options = stream ? new { include_usage = true } : null,
            messages = new[] { new { role = "user", content = $"Hello. script: {script}" } },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }
}
