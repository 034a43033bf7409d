using System.Net;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>A model that cannot be run on some inputs.</summary>
public sealed class FailingModelTests(Service service)
{
    private const string Model = "narrow";
    private const int Rows = 60;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ThatFails_IsTheFaultOfItsInputAlone()
    {
        using var zip = new MemoryStream(NarrowModels.Text(Model).Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
        using var tenant = await TestTenant.CreateAsync(service);
        // In the first shard, in the last, and two side by side.
        int[] failing = [0, 21, 22, Rows - 1];
        var content = string.Concat(Enumerable.Range(0, Rows).Select(
            i => $"{{\"id\":\"r{i}\",\"input\":\"a {(failing.Contains(i) ? NarrowModels.Fails : "good")} text\"}}\n"));

        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.ClassifyTextAsync([$"a {NarrowModels.Fails} text"], Model, cancellation: Cancellation));
        var batch = await tenant.Client.RunAsync("rows.jsonl", content, BatchCalls.Text, Model);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "model_failed"), (refusal.Status, refusal.Problem?.Code));
        Assert.Equal("completed", batch.Status);
        var errors = await tenant.Client.RowsAsync(batch.ErrorFileId);
        Assert.Equal(failing.Select(i => $"r{i}"), errors.Select(e => (string)e["id"]!));
        Assert.All(errors, e => Assert.Equal("model_failed", (string?)e["error"]!["code"]));
        Assert.Equal(
            Enumerable.Range(0, Rows).Except(failing).Select(i => $"r{i}"),
            (await tenant.Client.RowsAsync(batch.OutputFileId)).Select(o => (string)o["id"]!));
        Assert.Equal((1, (Rows - failing.Length) * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }
}
