using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>A deployment's circuit breaker opens after failures, and closes after a call that succeeds.</summary>
public sealed class BreakerTests
{
    private const int CallsUntilOpen = 5;

    public static TheoryData<string> Failures => ["status", "error in a 200", "closed connection"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Send_AfterFailures_SparesTheDeploymentUntilItIsTestedAndWorks(string failure)
    {
        await using var first = await ScriptedProvider.StartAsync(failure switch
        {
            "status" => ScriptedProvider.Json("{}", 500),
            "error in a 200" => ScriptedProvider.Json("""{"error":"overloaded"}"""),
            _ => http =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
        });
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(first.Address, second.Address), ("BreakerSeconds", "20")]);

        for (var i = 0; i < CallsUntilOpen + 3; i++)
        {
            Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
        }

        Assert.Equal(CallsUntilOpen, first.Requests.Count);
        Assert.Equal(3, fixture.Log.Lines.Count(l => l.Text.Contains("circuit_open", StringComparison.Ordinal)));

        // The call that tests it fails: open again.
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        await fixture.AnswerAsync();
        await fixture.AnswerAsync();
        Assert.Equal(CallsUntilOpen + 1, first.Requests.Count);

        // The call that tests it succeeds: closed.
        first.Script = ScriptedProvider.Json(ScriptedProvider.Answer);
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        await fixture.AnswerAsync();
        await fixture.AnswerAsync();
        Assert.Equal(CallsUntilOpen + 3, first.Requests.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(400)]
    [InlineData(404)]
    public async Task Send_AfterRefusals_GoesOnAsking(int status)
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Json("{}", status));
        using var fixture = new ProviderFixture(server);

        for (var i = 0; i < CallsUntilOpen + 3; i++)
        {
            await fixture.AnswerAsync();
        }

        Assert.Equal(CallsUntilOpen + 3, server.Requests.Count);
    }

    [Fact]
    public async Task Send_BreakerOfOneDeployment_DoesNotCloseOthersOut()
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Json("{}", 500));
        await using var other = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(server, other);
        for (var i = 0; i < CallsUntilOpen; i++)
        {
            await fixture.AnswerAsync();
        }

        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
        Assert.Equal(CallsUntilOpen + 1, other.Requests.Count);
    }

    [Fact]
    public async Task Send_AllCircuitsOpen_IsRefusedWithTheBreakersTime()
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Json("{}", 500));
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(server.Address), ("BreakerSeconds", "20")]);
        for (var i = 0; i < CallsUntilOpen; i++)
        {
            await fixture.AnswerAsync();
        }

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(
            () => fixture.SendAsync(cancellation: TestContext.Current.CancellationToken));

        Assert.Equal((503, TimeSpan.FromSeconds(20)), (refusal.Status, refusal.RetryAfter!.Value));
        Assert.Equal(CallsUntilOpen, server.Requests.Count);
    }
}
