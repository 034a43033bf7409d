using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
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

    [Fact]
    public async Task GoesOn_AskedLessOftenThanACopyBecomesOutdated_LearnsThatTheJobHasEnded()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, Encoding.UTF8.GetBytes("{\"input\": \"a\"}\n"));
        var time = new FakeTimeProvider();
        var cache = new JobCache(instance.Get<JobTable>(), instance.Get<IOptions<BatchOptions>>(), time);
        await ChangeAsync(JobStage.Run, ending: null);

        Assert.True(await AsksAsync());
        Assert.True(await AsksAsync());
        await ChangeAsync(JobStage.Run, JobEnding.Cancelled);
        // This one sends the request that finds the ending.
        await AsksAsync();
        Assert.False(await AsksAsync());

        Task ChangeAsync(JobStage stage, JobEnding? ending) => instance.Get<JobTable>().ChangeAsync(
            bed.Account, job.Id, j => j with { Stage = stage, Ending = ending }, TestContext.Current.CancellationToken);

        // Each question finds an outdated copy, and does not wait for the request that it sends.
        async Task<bool> AsksAsync()
        {
            using var held = instance.Faults.Hold(r => !r.IsWrite);
            var goesOn = cache.GoesOn(bed.Account, job.Id);
            held.Release();
            await cache.FindAsync(bed.Account, job.Id);
            time.Advance(instance.Get<IOptions<BatchOptions>>().Value.JobAge);
            return goesOn;
        }
    }
}
