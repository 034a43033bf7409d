using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Client.Wire;
using PerCall.Functions.Budget;
using PerCall.Functions.Metering.Invoices;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tests.Budget;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Invoices;

public sealed class InvoiceBookTests(AzuriteFixture azurite)
{
    private const string G1 = "0193f000000070008000000000000001";
    private const string G2 = "0193f000000070008000000000000002";

    [Fact]
    public async Task Invoice_UsageAndJournal_SayTheSame()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var invoices = await InvoicesAsync(bed);
        var events = Enumerable.Range(0, 30).Select(
            i =>
                bed.Journals.Event("acc_1", units: i) with
                {
                    Plan = bed.Id,
                    FreeUnits = i % 2,
                    Charge = (i - (i % 2)) * 1500L,
                    Model = $"m{i % 2}"
                }).ToList();
        events[7] = events[7] with { Time = new DateTimeOffset(2026, 2, 28, 23, 59, 59, 999, TimeSpan.Zero) };
        events[8] = events[8] with { Account = "acc_2" };
        await bed.WriteAsync($"2026/03/01/10/{G1}-00000.jsonl", events[..20]);
        await bed.RollUp().RunAsync(default);
        await bed.WriteAsync($"2026/03/01/10/{G2}-00000.jsonl", events[20..]);

        var draft = await invoices.MakeAsync("acc_1", "2026-03", verify: true, default);
        bed.Journals.Time.Set(new DateTimeOffset(2026, 4, 1, 0, 59, 0, TimeSpan.Zero));
        await bed.RollUp().RunAsync(default);
        var counted = await invoices.MakeAsync("acc_1", "2026-03", verify: true, default);
        bed.Journals.Time.Set(new DateTimeOffset(2026, 4, 1, 1, 10, 1, TimeSpan.Zero));
        await bed.RollUp().RunAsync(default);
        var final = await invoices.MakeAsync("acc_1", "2026-03", verify: true, default);

        var expected = events.Where(e => e is { Account: "acc_1", Time.Month: 3 }).Sum(e => e.Charge);
        Assert.Equal(["draft", "draft", "final"], new[] { draft, counted, final }.Select(i => i.Status));
        Assert.All([draft, counted, final], i =>
        {
            Assert.Equal(expected, i.Lines.Sum(l => l.Charge));
            Assert.Equal(new InvoiceReconciliation(expected, expected, 0, 0), i.Reconciliation);
        });
        // 20 are included, 15 of them were used.
        Assert.Equal((14L, 6L), (final.Lines.Sum(l => l.FreeUnits), final.Credits.Single().Units));
        Assert.Equal(expected - (6 * 1500), final.Totals.Single().Total);
        Assert.Equal(MoneyOf(final.Totals.Single().Total), final.Totals.Single().Amount);
    }

    [Fact]
    public async Task Verify_WhereARowIsNotWhatTheJournalSays_TellsIt()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var invoices = await InvoicesAsync(bed);
        await bed.WriteAsync(
            $"2026/03/01/10/{G1}-00000.jsonl", [bed.Journals.Event("acc_1"), bed.Journals.Event("acc_1") with { Model = "other" }]);
        await bed.RollUp().RunAsync(default);
        var row = (await bed.Table().RowsAsync("acc_1", new(2026, 3, 1), new(2026, 3, 2), default))[0];
        row.Charge += 5;
        await bed.Table().Client.UpdateEntityAsync(row, row.ETag);

        var invoice = await invoices.MakeAsync("acc_1", "2026-03", verify: true, default);

        Assert.Equal(new InvoiceReconciliation(3000, 3005, -5, 1), invoice.Reconciliation);
    }

    [Theory]
    [InlineData("acc_none", "2026-03", "tenant_not_found")]
    [InlineData("acc_1", "2026-13", "invalid_month")]
    [InlineData("acc_1", "2026-3", "invalid_month")]
    [InlineData("acc_1", "2026-04", "month_not_begun")]
    public async Task Invoice_OfWhatThereIsNot_IsRefused(string account, string month, string code)
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var invoices = await InvoicesAsync(bed);
        await bed.Table().RememberAccountAsync("acc_1", default);

        Assert.Equal(
            code, (await Assert.ThrowsAsync<RefusedException>(() => invoices.MakeAsync(account, month, verify: false, default))).Code);
    }

    private static string MoneyOf(long micros) => (micros / 1e6m).ToString("F6", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Invoice_WhileABatchOfTheMonthIsUnderWay_IsADraft()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var invoices = await InvoicesAsync(bed);
        await bed.Table().RememberAccountAsync("acc_1", default);
        var (holds, month) = (await HoldsAsync(bed), new DateOnly(2026, 3, 1));
        var price = new Price("batch", "*", "batch_row", 5);
        var terms = new PlanTerms { Plan = bed.Id, Version = 1, Currency = "EUR", MonthlyBudget = 1000, Prices = [price] };
        await holds.TakeAsync("acc_1", month, "job", new Want(terms, price, 10), default);
        bed.Journals.Time.Set(new DateTimeOffset(2026, 4, 1, 1, 10, 1, TimeSpan.Zero));
        await bed.RollUp().RunAsync(default);

        var running = await invoices.MakeAsync("acc_1", "2026-03", verify: false, default);
        await holds.SettleAsync("acc_1", month, "job", "batch_row", 0, 50);
        var over = await invoices.MakeAsync("acc_1", "2026-03", verify: false, default);

        Assert.Equal(("draft", "final"), (running.Status, over.Status));
    }

    private static async Task<BudgetHolds> HoldsAsync(UsageBed bed) => new(
        await LimitTables.OpenAsync(bed.Journals.Connection, table: $"limits{bed.Id}"),
        new LeaseReconciler(bed.Journals.Fence(), bed.Journals.Time, NullLogger<LeaseReconciler>.Instance), bed.Journals.Time);

    private static async Task<InvoiceBook> InvoicesAsync(UsageBed bed)
    {
        var plans = new PlanTable(bed.Tables);
        await bed.Tables.CreateTableIfNotExistsAsync(PlanTable.Name);
        await plans.AddAsync(
            bed.Id,
            new PlanVersion
            {
                Version = 1,
                Currency = "EUR",
                EffectiveAt = default,
                CreatedAt = default,
                FreeUnits = new Dictionary<string, long> { ["image"] = 20 },
                Prices = []
            });
        var query = new UsageQuery(bed.Table(), bed.Journals.Reader());
        return new(await bed.NamesAsync(), query, plans, new JournalCheck(bed.Journals.Reader()), await HoldsAsync(bed), bed.Journals.Time);
    }
}
