using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>What is counted.</summary>
public sealed class MeasureTests
{
    private readonly ConcurrentQueue<string> _counted = new();

    [Fact]
    public async Task Send_WithAFailover_CountsBothCallsAndTheFailover()
    {
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Json("{}", 500));
        await using var second = await ScriptedProvider.StartAsync();
        const string Model = "measured-1";
        using var fixture = new ProviderFixture(
            [
                ($"Models:{ProviderFixture.Model}:Name", Model),
                .. ProviderFixture.Deployments(first.Address, second.Address),
            ]);
        using var listener = Listen(Model);

        using var answer = await fixture.Provider.SendAsync(
            new() { Route = fixture.Routes.All[0], Endpoint = LargeModelEndpoint.ChatCompletions, Body = [] },
            TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "percall.large_model.calls measured-1/0 server_error  1",
                "percall.large_model.calls measured-1/1 answered  1",
                "percall.large_model.failovers measured-1/0 server_error  1",
            ],
            _counted.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Used_WithPrices_CountsTokensAndCost()
    {
        const string Model = "measured-2";
        using var listener = Listen(Model);
        var deployment = new Deployment
        {
            Name = "measured-2/0",
            Kind = DeploymentKind.OpenAi,
            Endpoint = new("http://localhost"),
            Target = "m",
            Prices = new(In: 2_000_000, CachedIn: 1_000_000, Out: 8_000_000, AudioMinute: 0),
        };

        LargeModelMeasures.Used(Model, deployment, new(In: 10, CachedIn: 5, Out: 3), UsageBasis.Reported);
        LargeModelMeasures.Used(Model, deployment with { Prices = null }, new(In: 0, CachedIn: 0, Out: 1), UsageBasis.Counted);

        Assert.Equal(
            [
                "percall.large_model.cost measured-2/0 reported  49",
                "percall.large_model.tokens measured-2/0 counted out 1",
                "percall.large_model.tokens measured-2/0 reported cached_in 5",
                "percall.large_model.tokens measured-2/0 reported in 10",
                "percall.large_model.tokens measured-2/0 reported out 3",
            ],
            _counted.Order(StringComparer.Ordinal));
    }

    private MeterListener Listen(string model)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (i, l) =>
            {
                if (i.Meter.Name == LargeModelMeasures.MeterName)
                {
                    l.EnableMeasurementEvents(i);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, amount, tags, _) =>
        {
            var known = tags.ToArray().ToDictionary(t => t.Key, t => (string)t.Value!);
            if (known["percall.model"] == model)
            {
                _counted.Enqueue(
                    $"{instrument.Name} {known["percall.deployment"]} {known["percall.outcome"]} {known.GetValueOrDefault("percall.token")} {amount}");
            }
        });
        listener.Start();
        return listener;
    }
}
