using PerCall.Functions.Limits.Rate;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

/// <summary>The shared rate with calls of several permits.</summary>
public sealed class TokenRateTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData(1_000_000, 1000, 20)]
    [InlineData(60_000, 1000, 2)]
    public async Task Acquire_EightInstancesUnderSaturatingDemand_AdmitTheQuotaEachMinute(int quota, int tokens, int calls)
    {
        var fleet = await CreateAsync(8, quota);
        for (var step = 0; step < 360; step++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
            {
                for (var call = 0; call < calls; call++)
                {
                    await fleet.CallAsync(i, tokens);
                }
            }));
            await fleet.AdvanceAsync(0.5);
        }

        var minutes = new[] { 180, 120, 60 }.Select(ago => fleet.Between(fleet.Now - ago, fleet.Now - ago + 60)).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"Of {quota}: {string.Join(", ", minutes)} each minute, {fleet.Most} in any 60 s.");
        Assert.All(minutes, m => Assert.InRange(m, quota * 0.95, quota * 1.05));
        Assert.InRange(fleet.Most, quota * 0.95, quota);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Acquire_RandomCallsOnInstancesThatDie_StayWithinTheQuota(int seed)
    {
        const int Quota = 100_000;
        var (random, admitted) = (new Random(seed), 0);
        var fleet = await CreateAsync(4, Quota);
        for (var step = 0; step < 300; step++)
        {
            var calls = Enumerable.Range(0, random.Next(6)).Select(_ =>
            {
                var tokens = (int)Math.Exp(random.NextDouble() * Math.Log(Quota));
                return fleet.CallAsync(random.Next(4), tokens, random.NextInt64(tokens + 1), random.NextDouble() * 30);
            }).ToList();
            admitted += (await Task.WhenAll(calls)).Count(wait => wait is null);
            await fleet.AdvanceAsync(random.NextDouble());
            if (random.Next(25) == 0)
            {
                await fleet.KillAsync(random.Next(4));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{admitted} calls, {fleet.Most} tokens in any 60 s, {fleet.Between(0, fleet.Now)} in all.");
        Assert.InRange(admitted, 100, int.MaxValue);
        Assert.InRange(fleet.Most, Quota * 0.8, Quota);
    }

    [Fact]
    public async Task Acquire_InstanceThatDiesWithPermitsSpentLate_CountsThemLongEnough()
    {
        var fleet = await CreateAsync(2, 1000);
        Assert.Null(await fleet.CallAsync(0, 100));
        await Task.WhenAll(fleet.Limiters.Select(l => l.GiveBackAsync()));
        Assert.Null(await fleet.CallAsync(0, 100));
        // The slice beside the call is spent as late as possible, and never reported.
        var held = (int)fleet.Limiters[0].GetStatistics()!.CurrentAvailablePermits;
        Assert.InRange(held, 100, 250);
        fleet.Faults[0].Decide = _ => Fault.BeforeSending;
        await Assert.ThrowsAnyAsync<IOException>(() => fleet.AdvanceAsync(2.9));
        Assert.Equal(0, fleet.Limiters[0].GetStatistics()!.CurrentAvailablePermits);
        await fleet.KillAsync(0);

        for (var step = 0; step < 160; step++)
        {
            await fleet.CallAsync(1, 50);
            await fleet.AdvanceAsync(0.5);
        }

        Assert.InRange(fleet.Most, 900, 1000);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(950)]
    [InlineData(251)]
    public async Task Acquire_CallThatFitsTheQuota_IsAdmittedWhateverItsPartOfTheQuota(int tokens)
    {
        var fleet = await CreateAsync(2, 1000);

        Assert.Null(await fleet.CallAsync(0, tokens));
        await fleet.AdvanceAsync(61);
        // A slice that the instance holds itself is not in the way.
        Assert.Null(await fleet.CallAsync(0, 10));
        Assert.InRange(fleet.Limiters[0].GetStatistics()!.CurrentAvailablePermits, 10, 250);
        Assert.Equal(tokens <= 990, await fleet.CallAsync(0, tokens) is null);
    }

    [Fact]
    public async Task Acquire_MoreThanIsLeft_IsRefusedWithTheTimeWhenItFits()
    {
        var fleet = await CreateAsync(1, 1000);
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(await fleet.CallAsync(0, 100));
            await fleet.Limiters[0].GiveBackAsync();
            await fleet.AdvanceAsync(2);
        }

        Assert.Equal(TimeSpan.FromSeconds(61 - 20 + 4), await fleet.CallAsync(0, 250));
        Assert.Equal(TimeSpan.FromSeconds(61 - 20), await fleet.CallAsync(0, 100));
        Assert.Equal(TimeSpan.FromSeconds(61 - 20 + 18), await fleet.CallAsync(0, 1000));
        await fleet.AdvanceAsync(61 - 20 + 4);
        Assert.Null(await fleet.CallAsync(0, 250));
    }

    [Theory]
    [InlineData(500, 0.35)]
    [InlineData(900, 0.05)]
    [InlineData(1000, 0)]
    public async Task Acquire_LargeCallAmongSmallOnes_IsAdmittedAndLeavesThemTheRest(int large, double rest)
    {
        var fleet = await CreateAsync(3, 1000);
        var (next, admitted, small) = (30.0, new List<double>(), new List<double>());
        var start = fleet.Now;
        for (var step = 0; step < 600; step++)
        {
            if (fleet.Now - start >= next)
            {
                // The caller waits as long as it was told to, and then is half a second late.
                var wait = await fleet.CallAsync(step % 3, large);
                next = fleet.Now - start + (wait?.TotalSeconds + 0.5 ?? 1000);
                admitted.AddRange(wait is null ? [fleet.Now - start] : []);
            }

            for (var i = 0; i < 3; i++)
            {
                small.AddRange(await fleet.CallAsync(i, 5 + i) is null ? [fleet.Now - start] : []);
            }

            await fleet.AdvanceAsync(0.5);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Large at {string.Join(", ", admitted)} s of 300 s; {small.Count} small calls.");
        Assert.InRange(Assert.Single(admitted), 30, 30 + 130);
        Assert.InRange(fleet.Most, 950, 1000);
        // In the minute before the large call, the small ones had the rest. They wait at most until the window has room for it, and then
        // until the large call has left the window.
        Assert.InRange(fleet.Between(start + admitted[0] - 60, start + admitted[0]), rest * 1000, 1000);
        Assert.All(
            small.Append(admitted[0]).Order().Zip(small.Append(admitted[0]).Order().Skip(1)),
            pair => Assert.InRange(pair.Second - pair.First, 0, 65));
    }

    [Fact]
    public async Task Settle_LessThanWasTaken_IsGivenBackInTheSecondOfTheCall()
    {
        var fleet = await CreateAsync(2, 1000);
        Assert.Null(await fleet.CallAsync(0, 900, used: 100, seconds: 10));
        await fleet.AdvanceAsync(5);
        Assert.NotNull(await fleet.CallAsync(1, 800));
        await fleet.AdvanceAsync(5);
        await fleet.Limiters[0].GiveBackAsync();

        var window = await fleet.WindowAsync();
        Assert.Equal(100, window.Granted);
        Assert.Equal(window.Now - 10 + 61, window.NextFree());
        Assert.Null(await fleet.CallAsync(1, 800));
        Assert.Equal(900, fleet.Most);
    }

    [Fact]
    public async Task Settle_TwiceOrMoreThanWasTaken_CountsOnceAndAtMostAllOfIt()
    {
        var fleet = await CreateAsync(1, 1000);
        var leases = new List<PermitsLease>();
        for (var i = 0; i < 2; i++)
        {
            leases.Add(Assert.IsType<PermitsLease>(await fleet.Limiters[0].AcquireAsync(300)));
        }

        leases[0].Settle(200);
        leases[0].Settle(0);
        leases[1].Settle(1000);
        leases[1].Settle(0);
        await fleet.Limiters[0].GiveBackAsync();

        Assert.Equal(500, (await fleet.WindowAsync()).Granted);
    }

    [Fact]
    public async Task Settle_AfterTheWindowHasPassed_GivesNothingBack()
    {
        var fleet = await CreateAsync(1, 1000);
        Assert.Null(await fleet.CallAsync(0, 1000, used: 0, seconds: 90));
        await fleet.AdvanceAsync(70);
        Assert.Null(await fleet.CallAsync(0, 1000));
        await fleet.AdvanceAsync(20);
        await fleet.Limiters[0].GiveBackAsync();

        Assert.Equal(1000, (await fleet.WindowAsync()).Granted);
    }

    [Fact]
    public async Task Acquire_WritesWhoseOutcomeIsUnknown_NeverAdmitMore()
    {
        var (random, failed) = (new Random(5), 0);
        var fleet = await CreateAsync(2, 5000);
        for (var step = 0; step < 240; step++)
        {
            fleet.Faults[0].Decide = _ => (step % 7) switch { 2 => Fault.AfterSending, 4 => Fault.BeforeSending, _ => Fault.None };
            try
            {
                await fleet.CallAsync(step % 2, random.Next(1, 500), used: random.Next(200), seconds: random.Next(8));
                await fleet.AdvanceAsync(0.5);
            }
            catch (IOException)
            {
                failed++;
            }
        }

        Assert.InRange(failed, 1, 239);
        Assert.InRange(fleet.Most, 1000, 5000);
    }

    [Fact]
    public async Task Acquire_StorageFails_FailsEachWaitingCallAndPauses()
    {
        var fleet = await CreateAsync(1, 1000);
        fleet.Faults[0].Decide = _ => Fault.BeforeSending;
        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<IOException>(() => fleet.CallAsync(0, 10 + i));
        }

        Assert.Equal(1, fleet.Faults[0].Requests);
        fleet.Faults[0].Decide = _ => Fault.None;
        await fleet.AdvanceAsync(1);
        Assert.Null(await fleet.CallAsync(0, 10));
    }

    [Fact]
    public async Task Acquire_TokensAThousandTimesAsMany_CostNoMoreWrites()
    {
        var writes = new List<int>();
        foreach (var factor in (int[])[1, 1000])
        {
            var (fleet, random) = (await CreateAsync(1, 40_000 * factor), new Random(3));
            for (var step = 0; step < 120; step++)
            {
                for (var call = 0; call < 20; call++)
                {
                    await fleet.CallAsync(0, (2 + random.Next(40)) * factor, used: factor);
                }

                await fleet.AdvanceAsync(0.5);
            }

            writes.Add(fleet.Faults[0].Writes);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"2400 calls: {string.Join(", ", writes)} writes.");
        Assert.All(writes, w => Assert.InRange(w, 30, 600));
        Assert.InRange(writes[1], 0, writes[0] * 1.2);
    }

    [Fact]
    public async Task Acquire_ManyDifferentCallsThatDoNotFit_AreRefusedWithoutStorage()
    {
        var fleet = await CreateAsync(1, 10_000);
        Assert.Null(await fleet.CallAsync(0, 9900));
        Assert.NotNull(await fleet.CallAsync(0, 200));
        var before = fleet.Faults[0].Requests;

        for (var i = 0; i < 1000; i++)
        {
            Assert.NotNull(await fleet.CallAsync(0, 201 + i));
        }

        Assert.Equal(before, fleet.Faults[0].Requests);
        await fleet.AdvanceAsync(2);
        Assert.InRange(fleet.Faults[0].Requests - before, 1, 2);
    }

    [Fact]
    public async Task Acquire_CallerThatLeavesWhileItWaits_LeavesItsTokens()
    {
        var fleet = await CreateAsync(1, 1000);
        using var held = fleet.Faults[0].Hold(_ => true);
        using var leave = new CancellationTokenSource();
        var left = fleet.Limiters[0].AcquireAsync(800, leave.Token).AsTask();
        var stays = fleet.CallAsync(0, 700);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        held.Dispose();

        Assert.Null(await stays);
    }

    private Task<TokenFleet> CreateAsync(int instances, long quota) => TokenFleet.CreateAsync(azurite.ConnectionString, instances, quota);
}
