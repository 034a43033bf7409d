using PerCall.EndToEnd.Charging;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

public sealed class ExpiryTests(ShortDayService service) : IClassFixture<ShortDayService>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_ThatTakesTooLong_ExpiresWithWhatIsDone()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var input = BatchInput.Draw(30_000, 41);
        var file = await tenant.Client.SendAsync("rows.jsonl", input.Content);

        var batch = await tenant.Client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" }, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal("expired", ended.Status);
        Assert.Equal(ShortDayService.Seconds, ended.ExpiresAt - ended.CreatedAt);
        Assert.NotNull(ended.ExpiredAt);
        var lines = (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => (long)r["line"]!).ToList();
        Assert.InRange(lines.Count, 1, input.Good.Count - 1);
        Assert.Equal(lines.Distinct().Order(), lines);
        Assert.Empty(lines.Except(input.Good));
        Assert.Equal((lines.Count, lines.Count * TestTenant.RowPrice), (ended.RequestCounts.Completed, ended.Cost!.Charge!.Value));
        Assert.Equal((1, lines.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }
}
