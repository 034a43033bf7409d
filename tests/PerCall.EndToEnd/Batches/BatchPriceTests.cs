using System.Text.Json;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>What a row costs where the plan has no price for rows of batches.</summary>
public sealed class BatchPriceTests(Service service)
{
    private static readonly int[] Lengths = [10, 1000, 1001, 25_000];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_OnAPlanWithoutAPriceForRows_CostsWhatTheSameCallsCost()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("text.classify", "*", "1k_characters", 3)], MonthlyBudget = 1_000_000 });
        List<string> texts = [.. Lengths.Select(l => new string('a', l))];
        foreach (var text in texts)
        {
            await tenant.Client.ClassifyTextAsync([text], "spam", 1, Cancellation);
        }

        var calls = (await tenant.UsedAsync(Cancellation)).Paid;
        var file = await tenant.Client.SendAsync(
            "rows.jsonl", string.Concat(texts.Select(t => JsonSerializer.Serialize(new { input = t }) + "\n")) + "{\"input\": 7}\n");
        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
        var batch = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal(3 * (1 + 1 + 2 + 25), calls);
        Assert.Equal(calls, quote.Price);
        Assert.Equal((29, calls), (ended.Cost!.Units, ended.Cost.Charge));
        Assert.Equal((1, calls), await tenant.ChargedForBatchesAsync(Cancellation));
        Assert.Equal((4, 1), (ended.RequestCounts.Completed, ended.RequestCounts.Failed));
    }

    [Fact]
    public async Task Quote_OfRowsThatMayCostMoreThanIsLeft_SaysWhatTheOrderIsAnswered()
    {
        // One text of a thousand characters is one unit; with what is around it, its line may be two.
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("text.classify", "*", "1k_characters", 3)], MonthlyBudget = 3 });
        var file = await tenant.Client.SendAsync("rows.jsonl", JsonSerializer.Serialize(new { input = new string('a', 1000) }));

        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));

        Assert.Equal((1, 3, false), (quote.Units, quote.Price, quote.WithinBudget));
        Assert.Equal("budget_spent", refusal.Problem?.Code);
        Assert.Contains("The batch has 1 rows to score", refusal.Problem!.Detail, StringComparison.Ordinal);
    }
}
