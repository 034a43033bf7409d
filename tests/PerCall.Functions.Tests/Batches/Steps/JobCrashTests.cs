using PerCall.Functions.Batches.Steps;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>A batch whose instance dies at one write after the other: whoever goes on brings it to the same end.</summary>
[Collection(BatchQueues.Name)]
public sealed class JobCrashTests(AzuriteFixture azurite)
{
    private static readonly (string, string)[] Settings = [("PerCall:Batches:ShardRows", "12")];

    [Fact]
    public async Task Run_WithoutADeath_DeliversChargesAndClearsUp()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var input = BatchInput.Draw(60, 1);
        var job = await bed.OrderAsync(instance, input.Content);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        Assert.Empty(await bed.FaultsAsync(instance, job.Id, input));
    }

    [Fact]
    public async Task Run_WithADeathAtEachWrite_ComesToTheSameEnd()
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var input = BatchInput.Draw(40, 2);
        for (var writes = 0; ; writes++)
        {
            var bed = await BatchBed.CreateAsync(azurite, survivor);
            await survivor.ClearAsync();
            await using var victim = await BatchInstance.CreateAsync(azurite, Settings);
            var job = await bed.OrderAsync(victim, input.Content);
            victim.DieAfter(writes, afterSending: writes % 2 == 1);

            var death = await victim.RunAsync(bed.Account, job.Id);
            var end = await survivor.RunAsync(bed.Account, job.Id);
            await survivor.Get<JobWatch>().LookAsync(TestContext.Current.CancellationToken);

            Assert.True(end is null, $"After a death at write {writes}: {end}");
            var faults = await bed.FaultsAsync(survivor, job.Id, input);
            Assert.True(faults.Count == 0, $"After a death at write {writes} ({death?.Message}):\n{string.Join('\n', faults)}");
            if (death is null)
            {
                // It had come to its end before.
                Assert.True(writes > 20, $"{writes} writes are too few to have died at.");
                return;
            }
        }
    }
}
