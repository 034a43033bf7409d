using System.Globalization;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>A deployment that says <c>Retry-After</c> is left alone for that time.</summary>
public sealed class RetryAfterTests
{
    private const string Error = """{"error":{"message":"no"}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Retry-After", "30", 30)]
    [InlineData("Retry-After", "Sun, 29 Nov 2026 12:00:30 GMT", 30)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("Retry-After", "999999999", 3600)]
    [InlineData("Retry-After", "Sun, 29 Nov 2099 12:00:30 GMT", 3600)]
    public async Task Send_AfterRetryAfter_LeavesTheDeploymentAloneForThatTime(string header, string value, double seconds)
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Json(Error, 429, (header, value)));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(first, second);

        await fixture.AnswerAsync();
        Assert.Single(first.Requests);

        first.Script = ScriptedProvider.Json(ScriptedProvider.Answer);
        fixture.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        await fixture.AnswerAsync();
        Assert.Single(first.Requests);
        Assert.Equal(2, second.Requests.Count);

        fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        await fixture.AnswerAsync();
        Assert.Equal(2, first.Requests.Count);
        Assert.Equal(2, second.Requests.Count);
    }

    [Theory]
    [InlineData("Retry-After", "0")]
    [InlineData("Retry-After", "-5")]
    [InlineData("Retry-After", "soon")]
    [InlineData("Retry-After", "NaN")]
    [InlineData("Retry-After", "Sun, 29 Nov 2020 12:00:30 GMT")]
    [InlineData("retry-after-ms", "1e9")]
    public async Task Send_AfterARetryAfterWithoutATime_DoesNotLeaveTheDeploymentAlone(string header, string value)
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Json(Error, 429, (header, value)));
        using var fixture = new ProviderFixture(server);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));
        await fixture.AnswerAsync();

        Assert.Null(refusal.RetryAfter);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(429, 20, 429, 50, 429, 20)]
    [InlineData(429, 50, 429, 20, 429, 20)]
    [InlineData(429, 20, 503, 10, 503, 10)]
    [InlineData(503, 20, 503, null, 503, 20)]
    [InlineData(500, null, 502, null, 503, null)]
    [InlineData(429, 20, 401, null, 503, 20)]
    public async Task Send_AllFail_RefusesWithTheSmallestTime(
        int status1, int? seconds1, int status2, int? seconds2, int expected, int? expectedSeconds)
    {
        await using var first = await ScriptedProvider.StartAsync(Fail(status1, seconds1));
        await using var second = await ScriptedProvider.StartAsync(Fail(status2, seconds2));
        using var fixture = new ProviderFixture(first, second);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal(expected, refusal.Status);
        Assert.Equal(expectedSeconds, refusal.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task Send_WhileAllAreLeftAlone_IsRefusedWithoutACall()
    {
        await using var server = await ScriptedProvider.StartAsync(Fail(429, 30));
        using var fixture = new ProviderFixture(server, server);
        await fixture.AnswerAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(10));

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal((429, TimeSpan.FromSeconds(20)), (refusal.Status, refusal.RetryAfter!.Value));
        Assert.Contains("try again in 20 s", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    private static Func<Microsoft.AspNetCore.Http.HttpContext, Task> Fail(int status, int? seconds) => ScriptedProvider.Json(
        Error, status, seconds is { } s ? [("Retry-After", s.ToString(CultureInfo.InvariantCulture))] : []);
}
