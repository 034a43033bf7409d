using FsCheck;
using FsCheck.Fluent;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Tests.Batches.Jobs;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

public sealed class JobLinesTests
{
    [Fact]
    public void Of_FallbackAnsweredRows_HasALineForEachModelAndSharesIncludedUnits()
    {
        var job = JobOf(Rows(price: 5, fallback: 60), new(20, 1, 20, Fallback: new(6, 6, 40)), free: 15);

        Assert.Equal(
            [(false, 14L, 14L, 0L), (true, 6L, 1L, 300L)],
            JobLines.Of(job).Select(l => (l.ByFallback, l.Units, l.FreeUnits, l.Amount)));
    }

    [Fact]
    public void EventsOf_FallbackAnsweredRows_PutsTheCostBesideTheFallback()
    {
        var job = JobOf(Rows(price: 5, fallback: 60), new(20, 0, 20, Fallback: new(6, 6, 40)), free: 0);

        Assert.Equal(
            [("job", null, "batch", "spam", "2", 14L, null), ("job-2", "job", "batch", "mail", "3", 6L, 40L)],
            JobLines.EventsOf(job).All.Select(Shown));
    }

    [Fact]
    public void EventsOf_FallbackAnsweredNoRow_IsOneEventWithItsCost()
    {
        var job = JobOf(Rows(price: 5, fallback: 60), new(20, 0, 20, Fallback: new(0, 0, 40)), free: 0);

        Assert.Equal([("job", null, "batch", "spam", "2", 20L, 40L)], JobLines.EventsOf(job).All.Select(Shown));
    }

    [Fact]
    public void EventsOf_Calls_HasAnEventForEachUnitWithTheCostInTheFirst()
    {
        var job = JobOf(Calls(), new(2, 0, 0, new(10, 5, 7, 90, 1)), free: 0);

        var events = JobLines.EventsOf(job);

        Assert.Equal(
            [("job", null, "openai", "spam", "2", 15L, 90L), ("job-2", "job", "openai", "spam", "2", 7L, null)], events.All.Select(Shown));
        Assert.All(events.All, e => Assert.Equal(UsageEvent.Counted, e.Basis));
    }

    [Fact]
    public void Of_NothingDelivered_IsEmpty() =>
        Assert.Empty(JobLines.Of(JobOf(Rows(price: 5, fallback: 60), new(0, 20, 0, Fallback: new(0, 0, 40)), free: 0)));

    [Fact]
    public void Of_AnyRowsWithAFallback_CostsAtMostWhatIsHeld() => Prop.ForAll(
        Gen.Choose(0, 1_000_000).ArrayOf(7).ToArbitrary(),
        n =>
        {
            var (rows, included) = (n[0] % 200, n[1] % 300);
            var plan = Rows(n[2] % 50, n[3] % 50, (n[4] % 2000) + 1, (n[5] % 2000) + 1);
            var (price, most) = BatchUnits.Reserve(plan.Price, plan.Fallback, rows);
            var terms = new PlanTerms
            {
                Plan = "p",
                Version = 1,
                Currency = "EUR",
                Prices = [price],
                MonthlyBudget = long.MaxValue,
            };
            var free = Math.Min(included, most);
            var held = new Want(terms, price, most).MoneyBeside([free]);
            var answered = n[6] % (rows + 1);

            var lines = JobLines.Of(JobOf(plan, new(rows, 0, rows, Fallback: new(answered, answered, 0)), free));

            return lines.Sum(l => l.Units) == rows && lines.Sum(l => l.FreeUnits) == Math.Min(rows, free)
                && lines.Sum(l => l.Amount) <= held;
        }).QuickCheckThrowOnFailure();

    private static (string, string?, string, string, string, long, long?) Shown(UsageEvent e) =>
        (e.Id, e.Of, e.Operation, e.Model, e.ModelVersion, e.Units, e.Cost);

    private static JobPlan Plan() => PlannedJob.Plan(1, 20, 1) with { ModelName = "spam", ModelVersion = "2", Currency = "EUR" };

    private static JobPlan Rows(long price, long fallback, long per = 1, long fallbackPer = 1) => Plan() with
    {
        Price = new("batch", "spam", "batch_row", price, per),
        Fallback = new("mail", "3", new("batch", "mail", "batch_row", fallback, fallbackPer)),
    };

    private static JobPlan Calls() => Plan() with
    {
        Calls = new()
        {
            Endpoint = LargeModelEndpoint.ChatCompletions,
            Tokenizer = TokenizerKind.Utf8Bytes,
            ContextTokens = 1000,
            MaxOutputTokens = 100,
            OutputField = "max_tokens",
            MaxImageBytes = 1000,
            Prices = [new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3)],
            Bounds = new(100, 100, 100),
        },
    };

    private static Job JobOf(JobPlan plan, RowCounts rows, long free) => PlannedJob.Create(plan, new(), DateTimeOffset.UnixEpoch) with
    {
        Id = "job",
        Order = new() { Tenant = "", Key = "", Input = plan.Source, PlanId = "p", PlanVersion = 1 },
        Hold = new(default, plan.Rows, free, 0),
        Result = new(rows, null, null, null),
    };
}
