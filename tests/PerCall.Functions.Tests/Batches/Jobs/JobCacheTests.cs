using System.Text;
using PerCall.Functions.Batches.Jobs;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Jobs;

public sealed class JobCacheTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Find_SinceAStageThatItHasComeToMeanwhile_ReadsTheJobAnew()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, Encoding.UTF8.GetBytes("{\"input\": \"a\"}\n"));
        var cache = instance.Get<JobCache>();
        Assert.Equal(JobStage.Plan, (await cache.FindAsync(bed.Account, job.Id))!.Stage);
        await instance.Get<JobTable>().ChangeAsync(
            bed.Account, job.Id, j => j with { Stage = JobStage.Run }, TestContext.Current.CancellationToken);

        Assert.Equal(JobStage.Run, (await cache.FindAsync(bed.Account, job.Id, JobStage.Run))!.Stage);
        Assert.Equal(JobStage.Run, (await cache.FindAsync(bed.Account, job.Id))!.Stage);
        Assert.Null(await cache.FindAsync(bed.Account, "batch_none", JobStage.Run));
    }
}
