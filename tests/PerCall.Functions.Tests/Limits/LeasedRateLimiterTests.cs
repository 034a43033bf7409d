using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Tests.Budget;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

public sealed class LeasedRateLimiterTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan HalfASecond = TimeSpan.FromSeconds(0.5);

    [Theory]
    [InlineData(600, 20)]
    [InlineData(60, 3)]
    public async Task Acquire_EightInstancesUnderSaturatingDemand_AdmitTheQuotaEachMinute(int quota, int calls)
    {
        var fleet = await RateFleet.OfAsync(azurite.ConnectionString, 8, quota);

        await fleet.RunAsync(TimeSpan.FromMinutes(3), HalfASecond, _ => calls);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Of {quota}: {string.Join(", ", fleet.Minutes())} in each minute, {fleet.Most()} in any 60 s.");
        Assert.All(fleet.Minutes(), m => Assert.InRange(m, quota * 0.95, quota * 1.05));
        Assert.InRange(fleet.Most(), quota * 0.95, quota);
    }

    [Fact]
    public async Task Acquire_FarBelowTheQuota_IsNeverRefused()
    {
        var fleet = await RateFleet.OfAsync(azurite.ConnectionString, 1, 1_000_000);

        // Slices that are still full when they are renewed, and demand that then comes all at once.
        foreach (var calls in (int[])[200, 1, 1, 1, 1, 1, 400, 0, 3, 2, 1, 1, 900, 1, 1, 1, 1500, 2, 700])
        {
            Assert.Equal(calls, await fleet.StepAsync(HalfASecond, _ => calls));
        }
    }

    [Fact]
    public async Task Acquire_Bursts_StayWithinTheQuotaInAnySixtySeconds()
    {
        var fleet = await RateFleet.OfAsync(azurite.ConnectionString, 8, 200);

        for (var burst = 0; burst < 8; burst++)
        {
            await fleet.StepAsync(HalfASecond, i => i == burst ? 200 : 0);
            await fleet.StepAsync(HalfASecond, i => i % 2 == burst % 2 ? 10 : 1);
            await fleet.RunAsync(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), _ => 0);
        }

        Assert.InRange(fleet.Most(), 190, 200);
    }

    [Fact]
    public async Task Acquire_OneIdleInstance_LeavesItsShareToTheOthers()
    {
        var fleet = await RateFleet.OfAsync(azurite.ConnectionString, 3, 120);

        Assert.Equal(1, await fleet.StepAsync(HalfASecond, i => i == 0 ? 1 : 0));
        await fleet.RunAsync(TimeSpan.FromSeconds(5), HalfASecond, _ => 0);
        await fleet.RunAsync(TimeSpan.FromSeconds(5), HalfASecond, i => i == 0 ? 0 : 60);

        Assert.Equal(120, fleet.Minutes().Sum());
        Assert.Equal(0, fleet.Limiters[0].GetStatistics()!.CurrentAvailablePermits);
    }

    [Fact]
    public async Task Acquire_WindowThatIsSpent_IsRefusedWithTheTimeOfItsEndAndWithoutStorage()
    {
        var time = LimitTimes.Start();
        var limiter = new LeasedRateLimiter(
            new RateRow(await LimitTables.OpenAsync(azurite.ConnectionString), Guid.NewGuid().ToString("n"), time), time)
        { Quota = 2 };
        Assert.True((await limiter.AcquireAsync()).IsAcquired);
        time.Advance(TimeSpan.FromSeconds(10));
        await limiter.UpkeepAsync();
        Assert.True((await limiter.AcquireAsync()).IsAcquired);

        using var refused = await limiter.AcquireAsync();
        Assert.True(refused.TryGetMetadata(System.Threading.RateLimiting.MetadataName.RetryAfter, out var wait));
        Assert.Equal((false, TimeSpan.FromSeconds(51)), (refused.IsAcquired, wait));
        Assert.Equal(new RateState(0, TimeSpan.FromSeconds(51)), limiter.State());
        for (var i = 0; i < 100; i++)
        {
            var again = limiter.AcquireAsync().AsTask();
            Assert.True(again.IsCompleted);
            Assert.False((await again).IsAcquired);
        }

        time.Advance(TimeSpan.FromSeconds(51));
        Assert.True((await limiter.AcquireAsync()).IsAcquired);
    }

    [Fact]
    public async Task Acquire_ClocksThatDiffer_StayWithinTheQuota()
    {
        var account = Guid.NewGuid().ToString("n");
        var times = new[] { LimitTimes.Start(), LimitTimes.Start(TimeSpan.FromSeconds(4)), LimitTimes.Start(TimeSpan.FromSeconds(-3)) };
        var limiters = new List<LeasedRateLimiter>();
        foreach (var time in times)
        {
            limiters.Add(new(new RateRow(await LimitTables.OpenAsync(azurite.ConnectionString), account, time), time) { Quota = 60 });
        }

        var admitted = new List<int>();
        for (var second = 0; second < 120; second++)
        {
            var now = 0;
            for (var i = 0; i < 9; i++)
            {
                using var lease = await limiters[i % 3].AcquireAsync();
                now += lease.IsAcquired ? 1 : 0;
            }

            admitted.Add(now);
            foreach (var time in times)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.WhenAll(limiters.Select(l => l.UpkeepAsync()));
        }

        Assert.InRange(Enumerable.Range(0, 61).Max(start => admitted.Skip(start).Take(60).Sum()), 57, 63);
        Assert.InRange(admitted.Sum(), 114, 126);
    }

    [Fact]
    public async Task Acquire_PlanChanges_TakeHold()
    {
        var fleet = await RateFleet.OfAsync(azurite.ConnectionString, 2, 10);
        Assert.Equal(10, await fleet.StepAsync(HalfASecond, _ => 20));

        foreach (var limiter in fleet.Limiters)
        {
            limiter.Quota = 25;
        }

        await fleet.RunAsync(TimeSpan.FromSeconds(4), HalfASecond, _ => 20);
        Assert.Equal(25, fleet.Minutes().Sum());
        foreach (var limiter in fleet.Limiters)
        {
            limiter.Quota = 5;
        }

        await fleet.RunAsync(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(2), _ => 5);
        Assert.Equal(5, fleet.Minutes().ElementAt(1));
    }

    [Fact]
    public async Task Acquire_WritesWhoseOutcomeIsUnknown_NeverAdmitMore()
    {
        var (time, account, faults) = (LimitTimes.Start(), Guid.NewGuid().ToString("n"), new StorageFaults());
        var limiters = new List<LeasedRateLimiter>
        {
            new(new RateRow(await LimitTables.OpenAsync(azurite.ConnectionString, faults), account, time), time) { Quota = 50 },
            new(new RateRow(await LimitTables.OpenAsync(azurite.ConnectionString), account, time), time) { Quota = 50 },
        };
        var (admitted, failed) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            var fault = (i % 7) switch { 2 => Fault.AfterSending, 4 => Fault.BeforeSending, _ => Fault.None };
            faults.Decide = _ => fault;
            try
            {
                using var lease = await limiters[i % 2].AcquireAsync();
                admitted += lease.IsAcquired ? 1 : 0;
            }
            catch (IOException)
            {
                failed++;
            }

            time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.True(failed > 0);
        Assert.InRange(admitted, 1, 50);
    }

    [Fact]
    public async Task Acquire_StorageFails_RefusesWithoutAskingForEachCall()
    {
        var (time, faults) = (LimitTimes.Start(), StorageFaults.OfEveryWrite(Fault.BeforeSending));
        var limiter = new LeasedRateLimiter(
            new RateRow(await LimitTables.OpenAsync(azurite.ConnectionString, faults), Guid.NewGuid().ToString("n"), time),
            time)
        { Quota = 50 };

        for (var i = 0; i < 50; i++)
        {
            await Assert.ThrowsAsync<IOException>(async () => await limiter.AcquireAsync());
        }

        Assert.Equal(1, faults.Requests);
        faults.Decide = _ => Fault.None;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await limiter.AcquireAsync()).IsAcquired);
    }
}
