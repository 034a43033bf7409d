using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>A batch from its order to its end.</summary>
[Collection(BatchQueues.Name)]
public sealed class JobRunTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Run_WithoutADeath_DeliversChargesAndClearsUp()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:ShardRows", "12"));
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var input = BatchInput.Draw(60, 1);
        var job = await bed.OrderAsync(instance, input.Content);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        Assert.Empty(await bed.FaultsAsync(instance, job.Id, input));
    }
}
