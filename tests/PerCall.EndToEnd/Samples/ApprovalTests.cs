using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.Samples.Approval;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Samples;

/// <summary>The activities of samples/Approval against the service itself; its orchestration is tested in PerCall.Approval.Tests.</summary>
public sealed class ApprovalTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    public async Task Activities_EachRunTwice_StartAndChargeOneBatch(int hoursSinceRequest)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var input = BatchInput.Draw(20, 41);
        var file = await tenant.Client.SendAsync("rows.jsonl", input.Content);
        var activities = new PerCallActivities(tenant.Client, TimeProvider.System);
        var request = new ApprovalRequest(file.Id, BatchCalls.Text, "spam");
        var order = new BatchOrder("0a1b2c", "start-batch", request, null, TimeProvider.System.GetUtcNow().AddHours(-hoursSinceRequest));

        var quotes = new[] { await activities.QuoteBatch(request, Cancellation), await activities.QuoteBatch(request, Cancellation) };
        var first = await activities.StartBatch(order, Cancellation);
        await tenant.Client.EndAsync(first.Value!.Id, service.Process);
        var second = await activities.StartBatch(order, Cancellation);
        var read = (await activities.GetBatch(first.Value.Id, Cancellation)).Value!;

        Assert.Equal(quotes[0], quotes[1]);
        Assert.Equal(first.Value.Id, second.Value!.Id);
        Assert.Equal(("completed", input.Good.Count * TestTenant.RowPrice), (read.Status, read.Charge));
        Assert.Equal((1, read.Charge!.Value), await tenant.ChargedForBatchesAsync(Cancellation));
        Assert.Single((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
        using var http = new HttpClient();
        var output = Assert.Single(read.Files, f => f.Name == "output.jsonl");
        Assert.Equal(
            input.Good.Count,
            (await http.GetStringAsync(output.Url, Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Activities_FileIsUnknown_ReturnTheRefusal()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var activities = new PerCallActivities(tenant.Client, TimeProvider.System);

        var quote = await activities.QuoteBatch(new("file-unknown", BatchCalls.Text, "spam"), Cancellation);

        Assert.StartsWith("file_not_found: ", quote.Refusal, StringComparison.Ordinal);
    }
}
