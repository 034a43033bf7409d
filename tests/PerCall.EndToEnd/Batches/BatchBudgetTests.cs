using System.Net;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

public sealed class BatchBudgetTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_OverTheBudget_IsRefusedWithTheQuote()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 19 });
        var file = await tenant.Client.SendAsync("rows.jsonl", Rows(4));

        var quote = await tenant.Client.QuoteBatchAsync(Quote(file), Cancellation);
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(Order(file), Cancellation));

        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_spent"), (refusal.Status, refusal.Problem!.Code));
        Assert.Equal(
            (4, 4, 4 * TestTenant.RowPrice, false),
            (refusal.Problem.Quote!.Rows, refusal.Problem.Quote.Units, refusal.Problem.Quote.Price, refusal.Problem.Quote.WithinBudget));
        Assert.Equal(
            (quote.Rows, quote.Price, quote.WithinBudget),
            (refusal.Problem.Quote.Rows, refusal.Problem.Quote.Price, refusal.Problem.Quote.WithinBudget));
        Assert.Empty((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
        // What fits goes through.
        Assert.Equal("completed", (await tenant.Client.RunAsync("rows.jsonl", Rows(3), BatchCalls.Text, "spam")).Status);
        Assert.Equal((1, 3 * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    /// <summary>Nobody waits for the counting of a long file; it is refused when it has been counted.</summary>
    [Fact]
    public async Task Batch_LongFileOverTheBudget_FailsBeforeARowIsScored()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 19 });
        var file = await tenant.Client.SendAsync(
            "rows.jsonl", string.Concat(Enumerable.Repeat($"{{\"input\": \"{new string('x', 900_000)}\"}}\n", 10)));

        var batch = await tenant.Client.CreateBatchAsync(Order(file), Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal(("validating", "failed"), (batch.Status, ended.Status));
        var error = Assert.Single(ended.Errors!.Data);
        Assert.Equal("budget_spent", error.Code);
        Assert.Contains("10 rows and costs 0.00005 EUR", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (ended.RequestCounts.Completed, ended.RequestCounts.Failed));
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Budget_OfARunningBatch_IsSetAsideAndWhatIsLeftOfItGivenBack()
    {
        const int Rows = 300;
        var input = BatchInput.Draw(Rows, 31);
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = (Rows + 1) * TestTenant.RowPrice });
        var (large, small) = (
            await tenant.Client.SendAsync("large.jsonl", input.Content),
            await tenant.Client.SendAsync("small.jsonl", BatchBudgetTests.Rows(2)));
        var batch = await tenant.Client.CreateBatchAsync(Order(large), Cancellation);
        await Eventually.HoldsAsync(
            async () =>
                (batch = await tenant.Client.GetBatchAsync(batch.Id, Cancellation)).Status == "in_progress", "it runs", service.Process);

        // One row is left, and two cost more.
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(Order(small), Cancellation));
        var meanwhile = await tenant.Client.GetBatchAsync(batch.Id, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal("budget_spent", refusal.Problem!.Code);
        Assert.Equal(("in_progress", Rows * TestTenant.RowPrice), (meanwhile.Status, meanwhile.Cost!.Reserved));
        Assert.Equal(
            ("completed", input.Good.Count * TestTenant.RowPrice, 0), (ended.Status, ended.Cost!.Charge!.Value, ended.Cost.Reserved));
        // Rows that failed cost nothing: there is something left now.
        Assert.Equal(
            "completed", (await tenant.Client.EndAsync((await tenant.Client.CreateBatchAsync(Order(small), Cancellation)).Id)).Status);
        Assert.Equal((2, (input.Good.Count + 2) * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    private static string Rows(int count) => string.Concat(Enumerable.Repeat("{\"input\": \"a row\"}\n", count));

    private static QuoteRequest Quote(StoredFile file) => new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" };

    private static CreateBatchRequest Order(StoredFile file) =>
        new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" };
}
