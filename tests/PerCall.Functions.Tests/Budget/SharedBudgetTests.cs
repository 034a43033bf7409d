using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

public sealed class SharedBudgetTests(AzuriteFixture azurite)
{
    private const long Budget = 600_000;

    [Fact]
    public async Task Call_EightInstancesAtOnce_SpendTheBudgetAndNothingMore()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(8);

        await Task.WhenAll(instances.SelectMany((instance, i) => new[] { 0, 1 }.Select(n => Task.Run(async () =>
        {
            var random = new Random((i * 2) + n);
            while (true)
            {
                var reserved = random.Next(1, 4);
                if (await instance.CallAsync(
                    Instance.Plan(Budget), reserved, random.Next(1, reserved + 1)) != CallOutcome.Charged && reserved == 1)
                {
                    return;
                }
            }
        }))));

        var (charged, _) = await bed.JournalAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{charged} of {Budget}");
        Assert.InRange(charged, Budget * 98 / 100, Budget);
        var row = await bed.RowAsync();
        Assert.True(row.Spent.Money + row.Leases.Values.Sum(l => l.Amounts.Money) <= Budget);
        await Task.WhenAll(instances.Select(i => i.Allowances.GiveBackAsync()));
        row = await bed.RowAsync();
        Assert.Equal((charged, 0), (row.Spent.Money, row.Leases.Count));
    }

    [Fact]
    public async Task Call_InstancesThatDieAnywhere_WhatTheyHeldIsReconciledExactly()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(8);
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            await Task.WhenAll(instances.Select((instance, i) =>
            {
                var calls = random.Next(2, 6);
                return Task.Run(async () =>
                {
                    for (var call = 0; call < calls; call++)
                    {
                        await instance.CallAsync(Instance.Plan(Budget), 2, 1 + (call % 2));
                    }
                });
            }));

            var dead = random.Next(instances.Count);
            await instances[dead].CallAsync(Instance.Plan(Budget), 2, 2, round % 2 == 0 ? Death.AfterAppend : Death.BeforeAppend);
            instances[dead] = await bed.InstanceAsync();
            await PassAsync(bed, instances, TimeSpan.FromSeconds(15));
        }

        await UntilRefusedAsync(bed, instances);
        var row = await bed.RowAsync();
        Assert.True(row.Spent.Money + row.Leases.Values.Sum(l => l.Amounts.Money) <= Budget);
        await Task.WhenAll(instances.Select(i => i.Allowances.GiveBackAsync()));
        bed.Time.Advance(TimeSpan.FromSeconds(70));
        await instances[0].Sweep.RunAsync(TestContext.Current.CancellationToken);

        var (charged, _) = await bed.JournalAsync();
        row = await bed.RowAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{charged} of {Budget}");
        Assert.InRange(charged, Budget * 98 / 100, Budget);
        Assert.Equal((charged, 0), (row.Spent.Money, row.Leases.Count));
    }

    [Fact]
    public async Task Call_WritesWhoseOutcomeIsUnknown_AreCountedOnce()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = new List<Instance>();
        for (var i = 0; i < 3; i++)
        {
            var random = new Random(i);
            instances.Add(await bed.InstanceAsync(new StorageFaults
            {
                Decide = _ =>
                {
                    lock (random)
                    {
                        return random.Next(3) switch { 0 => Fault.AfterSending, 1 => Fault.BeforeSending, _ => Fault.None };
                    }
                },
            }));
        }

        var outcomes = await Task.WhenAll(instances.Select(instance => Task.Run(async () =>
        {
            var all = new List<CallOutcome>();
            while (all.Count < 400 && all.LastOrDefault() != CallOutcome.Refused)
            {
                all.Add(await instance.CallAsync(Instance.Plan(Budget), 2, 1 + (all.Count % 2)));
                bed.Time.Advance(TimeSpan.FromMilliseconds(50));
            }

            return all;
        })));

        Assert.Contains(CallOutcome.Refused, outcomes.SelectMany(o => o));
        foreach (var instance in instances)
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        await instance.Allowances.GiveBackAsync();
                        return true;
                    }
                    catch (IOException)
                    {
                        return false;
                    }
                },
                "the lease is handed back");
        }

        var (charged, _) = await bed.JournalAsync();
        var row = await bed.RowAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{charged} of {Budget}");
        Assert.InRange(charged, Budget * 98 / 100, Budget);
        Assert.Equal((charged, 0), (row.Spent.Money, row.Leases.Count));
    }

    [Fact]
    public async Task Call_IncludedUnits_AreGivenOnceOverAllInstances()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var instances = await bed.InstancesAsync(8);

        // One call of each at once: none has made all of its calls while it holds units that others need.
        for (var call = 0; call < 30; call++)
        {
            var reserved = 1 + (call % 3);
            var outcomes = await Task.WhenAll(instances.Select(instance =>
                Task.Run(() => instance.CallAsync(Instance.Plan(budget: null, free: 150), reserved, 1))));
            Assert.All(outcomes, o => Assert.Equal(CallOutcome.Charged, o));
        }

        var (charged, free) = await bed.JournalAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{free} of 150");
        Assert.InRange(free, 147, 150);
        Assert.Equal((240 - free) * Instance.Price.Micros, charged);
        await Task.WhenAll(instances.Select(i => i.Allowances.GiveBackAsync()));
        Assert.Equal((free, charged), ((await bed.RowAsync()).Spent.FreeOf("image"), (await bed.RowAsync()).Spent.Money));
    }

    private static async Task PassAsync(BudgetBed bed, List<Instance> instances, TimeSpan time)
    {
        bed.Time.Advance(time);
        await Task.WhenAll(instances.Select(i => i.Allowances.UpkeepAsync()));
    }

    /// <summary>All leases of the dead lapse meanwhile; those of the living are renewed.</summary>
    private static async Task UntilRefusedAsync(BudgetBed bed, List<Instance> instances)
    {
        for (var refused = 0; refused < 2;)
        {
            var outcomes = await Task.WhenAll(instances.Select(i => Task.Run(async () =>
            {
                CallOutcome last;
                do
                {
                    last = await i.CallAsync(Instance.Plan(Budget));
                }
                while (last == CallOutcome.Charged);
                return last;
            })));
            Assert.All(outcomes, o => Assert.Equal(CallOutcome.Refused, o));
            refused++;
            for (var i = 0; i < 5; i++)
            {
                await PassAsync(bed, instances, TimeSpan.FromSeconds(15));
            }
        }
    }
}
