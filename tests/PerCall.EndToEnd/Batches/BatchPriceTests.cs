using System.Text.Json;
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
}
