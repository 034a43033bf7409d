using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>Deployments get calls in proportion to their weights.</summary>
public sealed class WeightTests
{
    private const int Draws = 60_000;

    [Fact]
    public void Of_ManyDraws_FollowsTheWeights()
    {
        var deployments = Deployments(1, 2, 3);
        var order = new WeightedOrder(new Random(7).Next);

        var orders = Enumerable.Range(0, Draws).Select(_ => string.Concat(order.Of(deployments).Select(d => d.Name)))
            .CountBy(o => o).ToDictionary();

        // The first in proportion to all weights, the second in proportion to those left.
        foreach (var (names, probability) in new (string, double)[]
        {
            ("123", 1 / 6d * 2 / 5), ("132", 1 / 6d * 3 / 5), ("213", 2 / 6d * 1 / 4), ("231", 2 / 6d * 3 / 4), ("312", 3 / 6d * 1 / 3),
            ("321", 3 / 6d * 2 / 3),
        })
        {
            var deviation = Math.Sqrt(Draws * probability * (1 - probability));
            Assert.InRange(orders[names], (Draws * probability) - (5 * deviation), (Draws * probability) + (5 * deviation));
        }

        Assert.Equal(6, orders.Count);
    }

    [Fact]
    public void Of_OneDeployment_DrawsNothing()
    {
        var order = new WeightedOrder(_ => throw new InvalidOperationException());

        Assert.Equal("5", Assert.Single(order.Of(Deployments(5))).Name);
    }

    [Fact]
    public void Of_LargestWeights_DoesNotOverflow()
    {
        var order = new WeightedOrder(n => n - 1);

        Assert.Equal(3, order.Of(Deployments([.. Enumerable.Repeat(1_000_000, 3)])).Count());
    }

    [Fact]
    public async Task Send_WithWeights_AsksTheDrawnDeployment()
    {
        await using var first = await ScriptedProvider.StartAsync();
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(
            [.. ProviderFixture.Deployments(first.Address, second.Address), ($"Models:{ProviderFixture.Model}:Deployments:1:Weight", "4")],
            new Random(3).Next);

        for (var i = 0; i < 100; i++)
        {
            await fixture.AnswerAsync();
        }

        Assert.Equal(100, first.Requests.Count + second.Requests.Count);
        Assert.InRange(second.Requests.Count, 65, 95);
    }

    private static Deployment[] Deployments(params int[] weights) =>
        [.. weights.Select(w => new Deployment
        {
            Name = $"{w}",
            Kind = DeploymentKind.OpenAi,
            Endpoint = new("http://localhost"),
            Target = "m",
            Weight = w,
        })];
}
