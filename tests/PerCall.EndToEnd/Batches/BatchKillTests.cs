using PerCall.EndToEnd.Charging;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Batches whose instances and whose storage are killed. The short form of the benchmark <c>batch-kill</c>.</summary>
public sealed class BatchKillTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Kill_OfInstancesAndStorage_EveryRowComesOutOnceInOrderAndIsChargedOnce()
    {
        await using var own = new Service { Azurite = new() { WritesThrough = true } };
        await own.InitializeAsync();
        using var tenant = await TestTenant.CreateAsync(own, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        var trial = new BatchKillTrial(
            own.Azurite, () =>
                own.StartAnotherAsync(("PerCall__Batches__ShardRows", "16"), ("PerCall__Idempotency__Lapse", "00:00:02")), seed: 3)
        { Kept = own.Azurite.KeptConnectionString };

        var result = await trial.RunAsync(
            instances: 2, kills: 3, storageKills: 1, BatchInput.Draw(800, 1), tenant.Key.Key, tenant.Id, "sentiment", Cancellation);

        Assert.True(result.Faults.Count == 0, string.Join('\n', result.Faults));
        Assert.True(result.Kills + result.StorageKills > 0, "The batch was over before anything was killed.");
    }
}
