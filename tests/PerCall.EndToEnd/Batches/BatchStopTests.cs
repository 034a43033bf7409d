using Azure.Data.Tables;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>A batch whose only instance is stopped, and that another goes on with.</summary>
public sealed class BatchStopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Stop_InTheMiddle_KeepsWhatIsDone()
    {
        const int Done = 20;
        await using var own = new Service();
        await own.InitializeAsync();
        using var tenant = await TestTenant.CreateAsync(own);
        var input = BatchInput.Draw(400, 2);
        await using var gate = await own.Azurite.HoldBatchesAsync(tenant.Account, shards: Done);
        var file = await tenant.Client.SendAsync("rows.jsonl", input.Content);
        var batch = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" }, Cancellation);
        await Eventually.HoldsAsync(
            async () =>
                (await ShardsAsync(own, batch.Id)).Count == Done && await gate.HeldAsync() > 0, "some shards are done, and others are held",
                own.Process);
        using var watched = await tenant.Http.GetAsync(
            new Uri($"v1/batches/{batch.Id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);

        // Shards that run may still end; no further one is begun.
        own.Process.Terminate();
        await own.Process.WaitForLineAsync(l => l.Contains("Application is shutting down", StringComparison.Ordinal), "the shutdown");
        await gate.OpenAsync();
        await own.Process.WaitForExitAsync();
        // A watcher does not hold up the end; its stream ends whole, and without the batch's end.
        var events = await watched.Content.ReadAsStringAsync(Cancellation);
        var before = await ShardsAsync(own, batch.Id);
        await using var next = await own.StartAnotherAsync();
        var client = tenant.ClientOf(next);
        var ended = await client.EndAsync(batch.Id, next);
        var after = await ShardsAsync(own, batch.Id);

        Assert.Contains("event: progress", events, StringComparison.Ordinal);
        Assert.DoesNotContain("event: end", events, StringComparison.Ordinal);
        Assert.Equal("completed", ended.Status);
        Assert.True(after.Count > before.Count, "All was done before the instance was stopped.");
        Assert.All(before, shard => Assert.Equal(shard.Value, after[shard.Key]));
        Assert.Empty((await BatchOutcome.ReadAsync(client, ended, Cancellation)).Faults(input));
    }

    /// <summary>Shards that are done, and by which attempt.</summary>
    private static async Task<Dictionary<string, string>> ShardsAsync(Service own, string batch) =>
        await new TableClient(own.Azurite.KeptConnectionString, "shards")
        .QueryAsync<TableEntity>(e => e.PartitionKey == batch, cancellationToken: Cancellation)
        .Where(e => char.IsAsciiDigit(e.RowKey[0]))
        .ToDictionaryAsync(e => e.RowKey, e => e.GetString("Attempt"), cancellationToken: Cancellation);
}
