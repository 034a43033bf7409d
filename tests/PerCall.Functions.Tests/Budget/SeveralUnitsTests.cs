using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

/// <summary>Calls that reserve several units and settle them in steps, over storage.</summary>
public sealed class SeveralUnitsTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan LongerThanALease = TimeSpan.FromSeconds(70);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(8, 2, 3)]
    [InlineData(16, 4, 4)]
    [InlineData(64, 1, 5)]
    [InlineData(64, 4, 6)]
    public async Task FirstCalls_AtOnceOnANewKey_NeverPassTheBudget(int calls, int count, int seed)
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(count);
        // A call costs at most 1,700 micro-units, so the budget covers less than half of the calls.
        var plan = Plan(budget: 1_700 * Math.Max(1, calls / 3) + 1_000);

        Task<Call?> ReserveAsync(int number) => Task.Run(() => TryReserveAsync(bed, instances[number % count], plan));
        async Task SettleAsync(Call? reserved, int number)
        {
            using var call = reserved;
            if (call is null)
            {
                return;
            }

            var random = new Random((seed * 1000) + number);
            await call.SettleAsync([100, 0, 0]);
            await call.SettleAsync([100, 0, random.Next(0, 60)]);
            // The last step corrects the counted tokens to the reported ones.
            await call.SettleAsync([random.Next(0, 100), random.Next(0, 100), random.Next(0, 100)]);
        }

        // The first calls settle when all have tried to reserve. The next ones reserve while others settle.
        var first = await Task.WhenAll(Enumerable.Range(0, calls).Select(ReserveAsync));
        await Task.WhenAll(first.Select((call, i) => Task.Run(() => SettleAsync(call, i))));
        await Task.WhenAll(Enumerable.Range(calls, calls).Select(i => Task.Run(async () => await SettleAsync(await ReserveAsync(i), i))));

        var charged = first.Select(c => c is not null).ToList();
        var (sum, _) = await bed.JournalAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{charged.Count(c => c)} of {calls} calls, {sum} of {plan.MonthlyBudget}");
        Assert.Contains(true, charged);
        Assert.Contains(false, charged);
        Assert.InRange(sum, 1, plan.MonthlyBudget!.Value);
        var row = await bed.RowAsync();
        Assert.True(row.Spent.Money + row.Leases.Values.Sum(l => l.Amounts.Money) <= plan.MonthlyBudget);
        await Task.WhenAll(instances.Select(i => i.Allowances.GiveBackAsync()));
        row = await bed.RowAsync();
        Assert.Equal((sum, 0), (row.Spent.Money, row.Leases.Count));
    }

    [Fact]
    public async Task FirstCalls_AtOnceWithIncludedUnits_GetEachIncludedUnitOnce()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(4);
        var plan = Plan(budget: 100_000, freeIn: 500, freeOut: 300);

        for (var round = 0; round < 6; round++)
        {
            await Task.WhenAll(instances.Select(instance => Task.Run(async () =>
            {
                using var call = await TryReserveAsync(bed, instance, plan);
                await call!.SettleAsync([40, 0, 10]);
                await call.SettleAsync([30, 5, 20]);
            })));
        }

        await Task.WhenAll(instances.Select(i => i.Allowances.GiveBackAsync()));
        var events = await bed.EventsAsync();
        var row = await bed.RowAsync();
        foreach (var (unit, included, used) in new[] { ("token_in", 500, 24 * 30), ("token_out", 300, 24 * 20) })
        {
            var ofUnit = events.Where(e => e.Price.Unit == unit).ToList();
            Assert.Equal(used, ofUnit.Sum(e => e.Units));
            // Instances may hold included units while others need them.
            Assert.InRange(ofUnit.Sum(e => e.FreeUnits), included / 2, included);
            Assert.Equal(ofUnit.Sum(e => e.FreeUnits), row.Spent.FreeOf(unit));
        }

        Assert.Equal((events.Sum(e => e.Charge), 0), (row.Spent.Money, row.Leases.Count));
    }

    [Fact]
    public async Task Settle_OverRenewalsAndTheEndOfTheMonth_StaysInItsMonthAndKeepsTheRest()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        bed.Time.Advance(new DateTimeOffset(2027, 3, 31, 23, 58, 0, TimeSpan.Zero) - bed.Time.GetUtcNow());
        var march = bed.Time.GetUtcNow();
        var (slow, other, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Plan(budget: 1_700));
        using var call = (await TryReserveAsync(bed, slow, plan))!;

        for (var i = 1; i <= 10; i++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(21));
            await slow.UpkeepAsync();
            await call.SettleAsync([100, 0, i * 10]);
            if (bed.Time.GetUtcNow().Month == 3)
            {
                Assert.Null(await TryReserveAsync(bed, other, plan));
            }
            else
            {
                // A lower plan of the next month changes nothing for the running call.
                (await TryReserveAsync(bed, slow, Plan(budget: 1_700) with { Version = 2 }))!.Dispose();
            }
        }

        await call.SettleAsync([50, 50, 100]);
        call.Dispose();
        await slow.UpkeepAsync();

        Assert.Equal((5 * 50) + (2 * 50) + (12 * 100), (await bed.JournalAsync(march)).Charge);
        Assert.Equal(0, (await bed.JournalAsync()).Charge);
        Assert.Equal((1_550, 0), ((await bed.RowAsync(march)).Spent.Money, (await bed.RowAsync(march)).Leases.Count));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Settle_AfterAnotherInstanceTookTheLease_IsRefusedAndChargesNothing(int renewals)
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (slow, quick, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Plan(budget: 1_700 + 620));
        using var call = (await TryReserveAsync(bed, slow, plan))!;
        await slow.UpkeepAsync();
        await call.SettleAsync([100, 0, 10]);
        for (var i = 0; i < renewals; i++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(21));
            await slow.UpkeepAsync();
        }

        Assert.Null(await TryReserveAsync(bed, quick, plan));
        bed.Time.Advance(LongerThanALease);
        using (var next = (await TryReserveAsync(bed, quick, plan))!)
        {
            await Assert.ThrowsAsync<JournalFencedException>(() => call.SettleAsync([100, 0, 100]));
            await next.SettleAsync([100, 0, 100]);
        }

        // It stays refused, also for less.
        await Assert.ThrowsAsync<JournalFencedException>(() => call.SettleAsync([1, 0, 0]));
        call.Dispose();
        await Task.WhenAll(slow.Allowances.GiveBackAsync(), quick.Allowances.GiveBackAsync());

        Assert.Equal(620 + 1_700, (await bed.JournalAsync()).Charge);
        Assert.Equal((620 + 1_700, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Settle_InstanceDiesBetweenSteps_IsReconciledExactly(bool isCorrected, bool isRenewed)
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (dies, other, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Plan(budget: 10_000));
        var call = (await TryReserveAsync(bed, dies, plan))!;
        // The reservation has begun an exchange. If that ran on after the instance's death, it would renew the lease.
        await dies.UpkeepAsync();
        await call.SettleAsync([100, 0, 50]);
        if (isRenewed)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(21));
            await dies.UpkeepAsync();
        }

        // Dies after the append, before it has noticed that the events are on disk.
        long[] last = isCorrected ? [20, 80, 10] : [100, 0, 80];
        await call.SettleAsync(last, isNoticed: false);

        bed.Time.Advance(LongerThanALease);
        await other.Sweep.RunAsync(Cancellation);

        var expected = isCorrected ? (5 * 20) + (2 * 80) + (12 * 10) : (5 * 100) + (12 * 80);
        Assert.Equal(expected, (await bed.JournalAsync()).Charge);
        Assert.Equal((expected, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
    }

    private static PlanTerms Plan(long? budget, long freeIn = 0, long freeOut = 0) => new()
    {
        Plan = "basic",
        Version = 1,
        Currency = "EUR",
        MonthlyBudget = budget,
        Prices = [new("openai", "*", "token_in", 5), new("openai", "*", "token_in_cached", 2), new("openai", "*", "token_out", 12)],
        FreeUnits = new Dictionary<string, long> { ["token_in"] = freeIn, ["token_out"] = freeOut }.Where(f => f.Value > 0).ToDictionary(),
    };

    /// <summary>Reserves 100 tokens of a prompt and 100 of an answer. Returns null if the budget is spent.</summary>
    private static async Task<Call?> TryReserveAsync(BudgetBed bed, Instance instance, PlanTerms plan)
    {
        var want = new Want(plan, [new(plan.Prices.Take(2).ToList(), 100), new(plan.Prices.Skip(2).ToList(), 100)]);
        try
        {
            return new(bed, instance, plan, await instance.Allowances.ReserveAsync(bed.Account, want, Cancellation));
        }
        catch (RefusedException e) when (e.Status == 402)
        {
            return null;
        }
    }

    private sealed class Call(BudgetBed bed, Instance instance, PlanTerms plan, Reservation reservation) : IDisposable
    {
        /// <summary>Settles totals of the three units, and appends the events. Tokens beyond the prompt's line are cut.</summary>
        public async Task SettleAsync(long[] totals, bool isNoticed = true)
        {
            var settled = reservation.SettleTo([totals[0], Math.Min(totals[1], 100 - totals[0]), totals[2]]);
            try
            {
                await instance.Journal.AppendAsync(
                    new UsageEvents(EventOf(settled.First), [.. settled.Further.Select(EventOf)]), settled.Generation);
            }
            catch
            {
                reservation.Withdraw();
                throw;
            }

            if (isNoticed)
            {
                reservation.Commit();
            }

            UsageEvent EventOf(SettledUnit unit) => new()
            {
                Id = Guid.NewGuid().ToString("n"),
                Time = reservation.Time,
                Account = bed.Account,
                Key = "key",
                Operation = "openai",
                Model = "gpt",
                ModelVersion = "1",
                Units = unit.Units,
                FreeUnits = unit.FreeUnits,
                Price = unit.Price,
                Plan = plan.Plan,
                PlanVersion = plan.Version,
                Currency = "EUR",
                Charge = unit.Charge,
                Lease = settled.Lease,
            };
        }

        public void Dispose() => reservation.Dispose();
    }
}
