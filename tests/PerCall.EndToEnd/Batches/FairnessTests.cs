using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Batches;

[Collection(Disturbances.Name)]
public sealed class FairnessTests(DisturbedService service)
{
    private const int Calls = 15;

    private static readonly string Picture = Convert.ToBase64String(Png.Black(2500));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// A batch that takes a minute and more: calls and a small batch of another tenant are answered before half of it is done. That holds
    /// on a fast machine and on a busy one, since both slow down alike.
    /// </summary>
    [Fact]
    public async Task HugeBatch_BesideASmallOneAndCalls_LetsThemBy()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        using var other = await TestTenant.CreateAsync(service);
        await other.Client.ClassifyTextAsync(["the model is loaded"], "spam", cancellation: Cancellation);
        var rows = await RowsOfAsync(tenant, TimeSpan.FromSeconds(90));
        var file = await tenant.Client.SendAsync("huge.jsonl", Pictures(rows));
        var small = await other.Client.SendAsync("small.jsonl", Texts(20));
        var huge = await tenant.Client.CreateBatchAsync(Order(file, BatchCalls.Images, "digits"), Cancellation);
        await Eventually.HoldsAsync(
            async () =>
                (huge = await tenant.Client.GetBatchAsync(huge.Id, Cancellation)).Progress?.Running > 0, "the huge one runs",
                service.Process);

        var passing = other.Client.CreateBatchAsync(Order(small, BatchCalls.Text, "spam"), Cancellation);
        for (var i = 0; i < Calls; i++)
        {
            await other.Client.ClassifyTextAsync(["a single call"], "spam", cancellation: Cancellation);
        }

        var passed = await other.Client.EndAsync((await passing).Id, service.Process);
        huge = await tenant.Client.GetBatchAsync(huge.Id, Cancellation);
        Assert.Equal(("completed", "in_progress"), (passed.Status, huge.Status));
        Assert.Equal(new BatchCounts(20, 20, 0), passed.RequestCounts);
        Assert.InRange(huge.RequestCounts.Completed + huge.Progress!.Running, 1, rows / 2);

        // It is not waited for.
        await tenant.Client.CancelBatchAsync(huge.Id, Cancellation);
        Assert.Equal("cancelled", (await tenant.Client.EndAsync(huge.Id)).Status);
    }

    /// <summary>
    /// So many as take one thread that long, by the quote of some, and not fewer than are enough on any machine: beside other tests the
    /// quote can find rows a hundred times as slow as they are later.
    /// </summary>
    private static async Task<int> RowsOfAsync(TestTenant tenant, TimeSpan time)
    {
        const int Some = 10;
        const int Least = 4_000;
        var file = await tenant.Client.SendAsync("some.jsonl", Pictures(Some));
        // The first has to load the model.
        await tenant.Client.QuoteBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Images, Model = "digits" }, Cancellation);
        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Images, Model = "digits" }, Cancellation);
        return Math.Max(Least, (int)(Some * time.TotalSeconds / quote.Seconds));
    }

    private static string Pictures(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"id\": {i}, \"image\": \"{Picture}\"}}\n"));

    private static string Texts(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"id\": {i}, \"input\": \"text {i}\"}}\n"));

    private static CreateBatchRequest Order(StoredFile file, string endpoint, string model) =>
        new() { InputFileId = file.Id, Endpoint = endpoint, Model = model };
}
