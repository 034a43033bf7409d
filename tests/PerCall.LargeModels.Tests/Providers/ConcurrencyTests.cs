using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>A deployment's concurrent calls are limited, streams until their end.</summary>
public sealed class ConcurrencyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_MoreThanTheDeploymentTakes_GoesToTheNextUntilAStreamEnds()
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang()));
        await using var second = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: 2\n\n"));
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(first.Address, second.Address), ($"Models:{ProviderFixture.Model}:Deployments:0:ConcurrentCalls", "2")]);
        var one = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        var two = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        Assert.Equal("data: 2\n\n", await fixture.AnswerAsync(stream: true));
        Assert.Equal(2, first.Requests.Count);

        one.Dispose();
        one.Dispose();
        using var three = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        Assert.Equal("gpt-4o-mini/0", three.Deployment.Name);
        Assert.Equal("data: 2\n\n", await fixture.AnswerAsync(stream: true));
        two.Dispose();
    }

    [Fact]
    public async Task Send_AfterFailuresAndRefusals_HasAllItsPlaces()
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(server.Address), ($"Models:{ProviderFixture.Model}:Deployments:0:ConcurrentCalls", "1")]);
        foreach (var status in new[] { 400, 500, 429, 404 })
        {
            server.Script = ScriptedProvider.Json("{}", status);
            await fixture.AnswerAsync();
        }

        server.Script = ScriptedProvider.Json(ScriptedProvider.Answer);
        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
    }

    [Fact]
    public async Task Send_AllDeploymentsFull_IsRefused()
    {
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang()));
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(server.Address), ($"Models:{ProviderFixture.Model}:Deployments:0:ConcurrentCalls", "1")]);
        using var running = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        Assert.Equal("provider_unavailable", await fixture.AnswerAsync(stream: true));
    }
}
