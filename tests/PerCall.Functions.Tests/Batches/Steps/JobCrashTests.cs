using PerCall.Functions.Batches.Steps;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>A batch whose instance dies at one write after the other: whoever goes on brings it to the same end.</summary>
public sealed class JobCrashTests
{
    private static readonly (string, string)[] Settings = [("PerCall:Batches:ShardRows", "12")];

    [Fact]
    public async Task Run_WithADeathAtEachWrite_ComesToTheSameEnd()
    {
        // Half of the writes each: of one half nothing is sent, of the other the answer is lost. They wait more than they work.
        var deaths = await Task.WhenAll(Task.Run(() => DieAsync(afterSending: false)), Task.Run(() => DieAsync(afterSending: true)));

        Assert.All(deaths, d => Assert.True(d > 10, $"{d} writes are too few to have died at."));
    }

    /// <summary>On storage of its own, since instances take messages out of queues that are everybody's.</summary>
    /// <returns>At how many writes an instance died.</returns>
    private static async Task<int> DieAsync(bool afterSending)
    {
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var input = BatchInput.Draw(30, 2);
        for (var deaths = 0; ; deaths++)
        {
            var writes = (2 * deaths) + (afterSending ? 1 : 0);
            var bed = await BatchBed.CreateAsync(azurite, survivor);
            await survivor.ClearAsync();
            await using var victim = survivor.Beside(Settings);
            var job = await bed.OrderAsync(victim, input.Content);
            victim.DieAfter(writes, afterSending);

            var death = await victim.RunAsync(bed.Account, job.Id);
            var end = await survivor.RunAsync(bed.Account, job.Id);
            await survivor.Get<JobWatch>().LookAsync(TestContext.Current.CancellationToken);

            Assert.True(end is null, $"After a death at write {writes}: {end}");
            var faults = await bed.FaultsAsync(survivor, job.Id, input);
            Assert.True(faults.Count == 0, $"After a death at write {writes} ({death?.Message}):\n{string.Join('\n', faults)}");
            if (death is null)
            {
                // It had come to its end before.
                return deaths;
            }
        }
    }
}
