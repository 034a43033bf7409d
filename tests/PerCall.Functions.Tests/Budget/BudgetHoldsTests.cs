using PerCall.Functions.Budget;
using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

/// <summary>What is set aside for work that outlives instances, beside what instances lease for calls.</summary>
public sealed class BudgetHoldsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Take_OfWhatIsLeft_IsNotSpentByCalls()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var plan = Instance.Plan(1500 * 10);
        var (holds, month) = await HoldsAsync(bed);
        var instance = await bed.InstanceAsync();

        Assert.Equal(new(0, 1500 * 8), await holds.TakeAsync(bed.Account, month, "job", new Want(plan, Instance.Price, 8), default));

        var outcomes = new List<CallOutcome>();
        for (var i = 0; i < 4; i++)
        {
            outcomes.Add(await instance.CallAsync(plan));
        }

        Assert.Equal([CallOutcome.Charged, CallOutcome.Charged, CallOutcome.Refused, CallOutcome.Refused], outcomes);
        await holds.SettleAsync(bed.Account, month, "job", "image", 0, 1500 * 6);
        bed.Time.Advance(TimeSpan.FromSeconds(1));
        // Of what was given back, calls may spend.
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan));
        Assert.Equal(CallOutcome.Charged, await instance.CallAsync(plan));
        Assert.Equal(CallOutcome.Refused, await instance.CallAsync(plan));
    }

    [Fact]
    public async Task Take_OfMoreThanIsLeft_IsRefusedAndSetsNothingAside()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (holds, month) = await HoldsAsync(bed);
        var plan = Instance.Plan(1500 * 10);
        await holds.TakeAsync(bed.Account, month, "first", new Want(plan, Instance.Price, 7), default);

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => holds.TakeAsync(bed.Account, month, "second", new Want(plan, Instance.Price, 4), default));

        Assert.Equal((402, "budget_spent"), (refused.Status, refused.Code));
        Assert.Equal(["first"], (await bed.RowAsync()).Holds.Keys);
        Assert.True(await holds.AreAnyAsync(bed.Account, month, default));
        Assert.Equal(new(0, 1500 * 3), await holds.TakeAsync(bed.Account, month, "third", new Want(plan, Instance.Price, 3), default));
    }

    [Fact]
    public async Task Take_WithIncludedUnits_TakesThoseFirst()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (holds, month) = await HoldsAsync(bed);
        var plan = Instance.Plan(1500 * 10, free: 5);

        Assert.Equal(new(5, 1500 * 3), await holds.TakeAsync(bed.Account, month, "job", new Want(plan, Instance.Price, 8), default));
        Assert.Equal(new(0, 1500), await holds.TakeAsync(bed.Account, month, "other", new Want(plan, Instance.Price, 1), default));
        await holds.SettleAsync(bed.Account, month, "job", "image", 2, 0);
        await holds.SettleAsync(bed.Account, month, "other", "image", 0, 0);

        var state = await bed.RowAsync();
        Assert.Equal((0, 2), (state.Spent.Money, state.Spent.FreeOf("image")));
        Assert.Equal(new(3, 0), await holds.TakeAsync(bed.Account, month, "third", new Want(plan, Instance.Price, 3), default));
    }

    [Fact]
    public async Task TakeAndSettle_WithLostAnswers_CountOnce()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        foreach (var fault in (Fault[])[Fault.BeforeSending, Fault.AfterSending])
        {
            var faults = new StorageFaults { Decide = r => r.Write % 2 == 1 ? fault : Fault.None };
            var (holds, month) = await HoldsAsync(bed, faults);
            var plan = Instance.Plan(1500 * 100);
            var before = (await bed.RowAsync()).Spent.Money;

            Assert.Equal(new(0, 1500 * 8), await holds.TakeAsync(bed.Account, month, "job", new Want(plan, Instance.Price, 8), default));
            Assert.Equal(new(0, 1500 * 8), await holds.TakeAsync(bed.Account, month, "job", new Want(plan, Instance.Price, 8), default));
            await holds.SettleAsync(bed.Account, month, "job", "image", 0, 1500 * 6);
            await holds.SettleAsync(bed.Account, month, "job", "image", 0, 1500 * 6);

            var state = await bed.RowAsync();
            Assert.Empty(state.Holds);
            Assert.Equal(before + (1500 * 6), state.Spent.Money);
        }
    }

    [Fact]
    public async Task Take_OfAPlanWithoutBudgetOrIncludedUnits_NeedsNoRow()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (holds, month) = await HoldsAsync(bed);

        Assert.Equal(
            default, await holds.TakeAsync(bed.Account, month, "job", new Want(Instance.Plan(null), Instance.Price, 1_000_000), default));
        Assert.Empty((await bed.RowAsync()).Holds);
    }

    [Fact]
    public async Task Left_CountsWhatInstancesHold()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (holds, month) = await HoldsAsync(bed);
        var plan = Instance.Plan(1500 * 100);
        var instance = await bed.InstanceAsync();
        await instance.CallAsync(plan);
        await holds.TakeAsync(bed.Account, month, "job", new Want(plan, Instance.Price, 10), default);

        var left = await holds.LeftAsync(bed.Account, month, new Want(plan, Instance.Price, 1), default);

        // One call is spent, and still part of what the instance leased.
        Assert.Equal((0, 1500 * 90), (left.Free, left.Money));
    }

    [Fact]
    public async Task Take_SeveralUnits_HoldsTheMostThatTheyCanCostAndSettlesEach()
    {
        await using var bed = await BudgetBed.CreateAsync(azurite);
        var (holds, month) = await HoldsAsync(bed);
        var plan = Instance.Plan(10_000) with
        {
            Prices = [new("openai", "*", "token_in", 5), new("openai", "*", "token_in_cached", 2), new("openai", "*", "token_out", 12)],
            FreeUnits = new Dictionary<string, long> { ["token_out"] = 30 },
        };
        var want = new Want(plan, [new([plan.Prices[0], plan.Prices[1]], 100), new([plan.Prices[2]], 100)]);

        var lower = new Want(plan with { MonthlyBudget = 2_000 }, [new([plan.Prices[0], plan.Prices[1]], 100), new([plan.Prices[2]], 100)]);

        var taken = await holds.TakeAllAsync(bed.Account, month, "job", want, default);
        Assert.Equal((500 + (12 * 70), 30, 0), (taken.Money, taken.FreeOf("token_out"), taken.FreeOf("token_in")));
        var again = await holds.TakeAllAsync(bed.Account, month, "job", want, default);
        Assert.Equal((taken.Money, 30), (again.Money, again.FreeOf("token_out")));
        var left = await holds.LeftOfAllAsync(bed.Account, month, want, default);
        Assert.Equal((10_000 - taken.Money, 0, 0), (left.Money, left.Free["token_out"], left.Free["token_in"]));
        await Assert.ThrowsAsync<RefusedException>(
            () => holds.TakeAllAsync(bed.Account, month, "other", lower, default));

        var spent = new Amounts { Money = 321 };
        spent.Add("token_out", 12, 0);
        await holds.SettleAsync(bed.Account, month, "job", spent);
        await holds.SettleAsync(bed.Account, month, "job", spent);

        var row = await bed.RowAsync();
        Assert.Equal((321, 12, 0), (row.Spent.Money, row.Spent.FreeOf("token_out"), row.Holds.Count));
    }

    private static async Task<(BudgetHolds Holds, DateOnly Month)> HoldsAsync(BudgetBed bed, StorageFaults? faults = null) =>
        (await bed.HoldsAsync(faults), MonthRow.MonthOf(bed.Time.GetUtcNow()));
}
