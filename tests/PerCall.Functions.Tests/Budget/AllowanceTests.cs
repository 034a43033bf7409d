using PerCall.Functions.Journal;
using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

public sealed class AllowanceTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan LongerThanALease = TimeSpan.FromSeconds(70);

    [Fact]
    public async Task Reserve_PlanWithoutBudgetAndIncludedUnits_NeedsNoStorage()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instance = await bed.InstanceAsync(StorageFaults.OfEveryWrite(Fault.BeforeSending));

        var pending = instance.ReserveAsync(Instance.Plan(null), 3).AsTask();
        Assert.True(pending.IsCompleted);
        using var reservation = await pending;
        var settlement = reservation.Settle(2);

        Assert.Equal((0, 3000, 0, null), (settlement.FreeUnits, settlement.Charge, settlement.Lease, settlement.Generation));
    }

    [Fact]
    public async Task Reserve_WithALease_TakesWithoutStorage()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instance = await bed.InstanceAsync();
        await instance.CallAsync(Instance.Plan(10_000_000));

        for (var i = 0; i < 20; i++)
        {
            var pending = instance.ReserveAsync(Instance.Plan(10_000_000)).AsTask();
            Assert.True(pending.IsCompleted);
            (await pending).Dispose();
        }
    }

    [Fact]
    public async Task Reserve_BudgetThatIsSpent_SaysSoAndAsksStorageNowAndThen()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instance = await bed.InstanceAsync();
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(Instance.Plan(2_000)));

        var refusal = await Assert.ThrowsAsync<RefusedException>(async () => await instance.ReserveAsync(Instance.Plan(2_000)));
        Assert.Equal((402, "budget_spent", "about:blank"), (refusal.Status, refusal.Code, refusal.Type));
        Assert.Contains("The budget of 0.002 EUR for 2027-03", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0.0015 EUR are spent or reserved", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("The next budget starts on 2027-04-01", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(refusal.Headers);

        var again = instance.ReserveAsync(Instance.Plan(2_000)).AsTask();
        Assert.True(again.IsFaulted);
        bed.Time.Advance(TimeSpan.FromSeconds(0.3));
        await Assert.ThrowsAsync<RefusedException>(async () => await instance.ReserveAsync(Instance.Plan(2_000)));
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(Instance.Plan(3_000)));
    }

    [Fact]
    public async Task Dispose_WithoutCommit_GivesBackWhatWasReserved()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instance = await bed.InstanceAsync();
        var plan = Instance.Plan(3_000);

        (await instance.ReserveAsync(plan, 2)).Dispose();
        using (var settled = await instance.ReserveAsync(plan, 2))
        {
            settled.Settle(2);
        }

        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan, 2, 1));
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan));
        Assert.Equal(CallOutcome.Refused, await instance.CallAsync(plan));
        Assert.Throws<ArgumentOutOfRangeException>(() => instance.ReserveAsync(plan, 0).AsTask().GetAwaiter().GetResult());
    }

    [Fact]
    public async Task Void_CommittedCall_CanBeSpentAgain()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (instance, plan) = (await bed.InstanceAsync(), Instance.Plan(1_500, free: 1));
        using (var reservation = await instance.ReserveAsync(plan, 2))
        {
            await instance.AppendAsync(reservation, reservation.Settle(2), 2);
            reservation.Commit();
            Assert.Equal(CallOutcome.Refused, await instance.CallAsync(plan));

            var back = reservation.Void();
            Assert.Equal((-1, -1500), (back.FreeUnits, back.Charge));
            await instance.AppendAsync(reservation, back, -2, voids: "it");
            Assert.Equal(CallOutcome.Refused, await instance.CallAsync(plan));
            reservation.Commit();
        }

        bed.Time.Advance(TimeSpan.FromSeconds(10));
        await instance.UpkeepAsync();
        Assert.Equal((0, 0), await bed.JournalAsync());
        Assert.Equal(
            (0, 0, 0),
            ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Spent.FreeOf("image"), (await bed.RowAsync()).Leases.Count));
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan, 2));
        Assert.Equal((1500, 1), await bed.JournalAsync());
    }

    [Fact]
    public async Task Void_AfterItsChargeWasReported_IsReconciledToo()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (dies, plan) = (await bed.InstanceAsync(), Instance.Plan(1_500));
        var reservation = await dies.ReserveAsync(plan);
        await dies.AppendAsync(reservation, reservation.Settle(1), 1);
        reservation.Commit();
        bed.Time.Advance(TimeSpan.FromSeconds(21));
        await dies.UpkeepAsync();
        Assert.Equal(1500, (await bed.RowAsync()).Spent.Money);
        await dies.AppendAsync(reservation, reservation.Void(), -1, voids: "it");

        bed.Time.Advance(LongerThanALease);
        Assert.Equal(CallOutcome.Charged, await (await bed.InstanceAsync()).CallAsync(plan));
        Assert.Equal(1500, (await bed.JournalAsync()).Charge);
    }

    [Fact]
    public async Task Reserve_LeaseOfALiveInstanceThatLapsed_IsFencedInMidCall()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (slow, quick, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Instance.Plan(3_000));
        Assert.Equal(CallOutcome.Charged, await slow.CallAsync(plan));
        using var running = await slow.ReserveAsync(plan);
        Assert.Equal(CallOutcome.Refused, await quick.CallAsync(plan));

        bed.Time.Advance(LongerThanALease);
        Assert.Equal(CallOutcome.Charged, await quick.CallAsync(plan));
        await Assert.ThrowsAsync<JournalFencedException>(() => slow.AppendAsync(running, running.Settle(1), 1));
        running.Dispose();

        Assert.Equal(CallOutcome.Refused, await slow.CallAsync(plan));
        Assert.Equal(CallOutcome.Charged, await slow.CallAsync(Instance.Plan(4_500)));
        Assert.Equal(4_500, (await bed.JournalAsync()).Charge);
    }

    [Theory]
    [InlineData(Fault.BeforeSending)]
    [InlineData(Fault.AfterSending)]
    public async Task Reserve_InstanceThatDiedInAnExchange_IsReconciledExactly(Fault fault)
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (faults, plan) = (new StorageFaults(), Instance.Plan(100_000));
        var (dies, other) = (await bed.InstanceAsync(faults), await bed.InstanceAsync());
        Assert.Equal(CallOutcome.Charged, await dies.CallAsync(plan, 2));
        using var running = await dies.ReserveAsync(plan);
        await dies.UpkeepAsync();
        // The next exchange has this charge to report.
        Assert.Equal(CallOutcome.Charged, await dies.CallAsync(plan));
        bed.Time.Advance(TimeSpan.FromSeconds(21));
        faults.Decide = r => r.IsWrite ? fault : Fault.None;
        var failure = await Record.ExceptionAsync(dies.UpkeepAsync);
        Assert.Equal(fault == Fault.BeforeSending, failure is IOException);
        Assert.Equal(CallOutcome.Charged, await dies.CallAsync(plan));

        bed.Time.Advance(LongerThanALease);
        CallOutcome last;
        do
        {
            last = await other.CallAsync(plan, 5);
        }
        while (last == CallOutcome.Charged);

        Assert.Equal(CallOutcome.Refused, last);
        await other.Allowances.GiveBackAsync();
        Assert.Equal(96_000, (await bed.JournalAsync()).Charge);
        Assert.Equal((96_000, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
    }

    [Fact]
    public async Task Sweep_LeaseThatLapsed_IsTakenBackAndTheMonthForgottenLater()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (dies, other) = (await bed.InstanceAsync(), await bed.InstanceAsync());
        Assert.Equal(CallOutcome.Charged, await dies.CallAsync(Instance.Plan(100_000)));

        await other.Sweep.RunAsync(TestContext.Current.CancellationToken);
        Assert.Single((await bed.RowAsync()).Leases);
        bed.Time.Advance(LongerThanALease);
        await other.Sweep.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1_500, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
        Assert.Equal(1, await bed.OpenMonthsAsync());

        bed.Time.Advance(TimeSpan.FromHours(1));
        await other.Sweep.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await bed.OpenMonthsAsync());
    }

    [Fact]
    public async Task Upkeep_IdleInstance_HandsEverythingBack()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (first, second, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Instance.Plan(1_600, free: 1));
        Assert.Equal(CallOutcome.Charged, await first.CallAsync(plan, 2, 1));
        Assert.Equal(CallOutcome.Refused, await second.CallAsync(plan));

        bed.Time.Advance(TimeSpan.FromSeconds(10));
        await first.UpkeepAsync();

        var row = await bed.RowAsync();
        Assert.Equal((0, 1, 0), (row.Spent.Money, row.Spent.FreeOf("image"), row.Leases.Count));
        Assert.Equal(CallOutcome.Charged, await second.CallAsync(plan));
    }

    [Fact]
    public async Task Upkeep_CallsThatRun_KeepTheLeaseAlive()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (slow, other, plan) = (await bed.InstanceAsync(), await bed.InstanceAsync(), Instance.Plan(1_500));
        using var running = await slow.ReserveAsync(plan);

        for (var i = 0; i < 8; i++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(21));
            await slow.UpkeepAsync();
            Assert.Equal(CallOutcome.Refused, await other.CallAsync(plan));
        }

        await slow.AppendAsync(running, running.Settle(1), 1);
        running.Commit();
        Assert.Equal(1_500, (await bed.JournalAsync()).Charge);
    }

    [Fact]
    public async Task Reserve_NewMonth_HasABudgetOfItsOwnAndTheOldOneKeepsItsCalls()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (instance, plan) = (await bed.InstanceAsync(), Instance.Plan(3_000));
        var march = bed.Time.GetUtcNow();
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan));
        var running = await instance.ReserveAsync(plan);

        bed.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan, 2));
        Assert.Equal(CallOutcome.Refused, await instance.CallAsync(plan));
        await instance.AppendAsync(running, running.Settle(1), 1);
        running.Commit();
        running.Dispose();
        await instance.UpkeepAsync();

        Assert.Equal((3_000, 0), ((await bed.RowAsync(march)).Spent.Money, (await bed.RowAsync(march)).Leases.Count));
        Assert.Equal((3_000, 3_000), ((await bed.JournalAsync(march)).Charge, (await bed.JournalAsync()).Charge));
    }

    [Fact]
    public async Task Reserve_BudgetThatWasLowered_IsNotPassed()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(2);
        foreach (var instance in instances)
        {
            Assert.Equal(CallOutcome.Charged, await instance.CallAsync(Instance.Plan(1_000_000)));
        }

        var lowered = Instance.Plan(9_000);
        for (var i = 0; i < 20; i++)
        {
            await instances[i % 2].CallAsync(lowered);
        }

        Assert.Equal(9_000, (await bed.JournalAsync()).Charge);
    }
}
