using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>The short form of the benchmark <c>large-model-scripts</c>.</summary>
[Collection(SharedLargeModels.Name)]
public sealed class ScriptTests(LargeModelService service)
{
    private const int Calls = 1000;

    // More would only wait for each other on two cores.
    private const int Tenants = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scripts_OfAllShapes_AreChargedForWhatWasDeliveredAndNothingElse()
    {
        var trial = new ScriptTrial(service.Provider, service.Azurite.KeptConnectionString, seed: 1, killed: false);
        await trial.PrepareAsync(service.Operator, Calls, Cancellation);

        await trial.CallAsync(_ => Task.FromResult(service.Process.Address), Tenants, Cancellation);
        var result = await trial.CheckAsync(service.Process.Address, Cancellation);

        Assert.True(result.Faults.Count == 0, string.Join('\n', result.Faults));
        Assert.Equal(Calls, result.Calls.Count);
        // The scripts are worth something only if they reach all of it.
        Assert.All(
            new (string Case, int Count)[]
            {
                ("complete", result.Calls.Count(c => c is { Status: 200, Ended: true, Error: null })),
                ("left with tokens", result.Calls.Count(c => c is { Left: true, Tokens: > 0 })),
                ("left without", result.Calls.Count(c => c is { Left: true, Tokens: 0 })),
                ("broken off", result.Calls.Count(c => c is { Status: 200, Error: not null, Tokens: > 0 })),
                ("refused for the budget", result.Calls.Count(c => c.Status == 402)),
                ("refused by the provider", result.Calls.Count(c => c.Status == 400)),
                ("corrected", result.Corrections),
            },
            c => Assert.True(c.Count >= 10, $"{c.Count} calls are {c.Case}."));
    }
}
