using System.Globalization;
using Azure.Data.Tables;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Batches whose instances die, are stopped, or die of a row: real processes, on a storage of their own.</summary>
public sealed class BatchDeathTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The short form of the benchmark <c>batch-kill</c>.</summary>
    [Fact]
    public async Task Kill_OfInstancesAndStorage_EveryRowComesOutOnceInOrderAndIsChargedOnce()
    {
        await using var own = await StartAsync();
        using var tenant = await TestTenant.CreateAsync(own, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        var trial = new BatchKillTrial(own.Azurite, () => own.StartAnotherAsync(("PerCall__Batches__ShardRows", "8"), ("PerCall__Idempotency__Lapse", "00:00:02")), seed: 3);

        var result = await trial.RunAsync(instances: 2, kills: 3, storageKills: 1, BatchInput.Draw(1700, 1), tenant.Key.Key, tenant.Id, "sentiment", Cancellation);

        Assert.True(result.Faults.Count == 0, string.Join('\n', result.Faults));
        Assert.True(result.Kills + result.StorageKills > 0, "The batch was over before anything was killed.");
    }

    [Fact]
    public async Task Stop_InTheMiddle_KeepsWhatIsDone()
    {
        await using var own = await StartAsync(writesThrough: false);
        using var tenant = await TestTenant.CreateAsync(own);
        var input = BatchInput.Draw(1500, 2);
        var file = await tenant.Client.SendAsync("rows.jsonl", input.Content);
        var batch = await tenant.Client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" }, Cancellation);
        await Eventually.HoldsAsync(async () => (await ShardsAsync(own, batch.Id)).Count > 30, "some shards are done", own.Process);

        await StopAsync(own.Process);
        var before = await ShardsAsync(own, batch.Id);
        await using var next = await own.StartAnotherAsync();
        var client = PerCallClient.Connect(next.Address, tenant.Key.Key);
        var ended = await client.EndAsync(batch.Id);
        var after = await ShardsAsync(own, batch.Id);

        Assert.Equal("completed", ended.Status);
        Assert.True(after.Count > before.Count, "All was done before the instance was stopped.");
        Assert.All(before, shard => Assert.Equal(shard.Value, after[shard.Key]));
        Assert.Empty((await BatchOutcome.ReadAsync(client, ended, Cancellation)).Faults(input));
    }

    [Fact]
    public async Task Shard_ThatEndsItsInstanceEveryTime_IsToldAsErrorsAndTheRestIsDelivered()
    {
        const int Tries = 2;
        const int Fatal = 1;
        const int Rows = 20;
        await using var own = await StartAsync();
        using var tenant = await TestTenant.CreateAsync(own);
        await StopAsync(own.Process);
        // All rows take a while; whenever the second shard is begun, the instance is killed.
        var picture = Convert.ToBase64String(Png.Black(4500));
        var content = string.Concat(Enumerable.Range(0, Rows).Select(i => $"{{\"id\":\"r{i:00}\",\"image\":\"{picture}\"}}\n"));

        var instance = await StartInstanceAsync(own, Tries);
        try
        {
            var client = PerCallClient.Connect(instance.Address, tenant.Key.Key);
            var file = await client.SendAsync("rows.jsonl", content);
            var batch = await client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Images, Model = "digits" }, Cancellation);
            for (var begun = 0; begun <= Tries; begun++)
            {
                await Eventually.HoldsAsync(async () => await IsBegunAsync(own, batch.Id, Fatal, begun), $"the shard is begun for the {begun + 1}. time", instance);
                await instance.KillAsync();
                await instance.DisposeAsync();
                instance = await StartInstanceAsync(own, Tries);
            }

            client = PerCallClient.Connect(instance.Address, tenant.Key.Key);
            var ended = await client.EndAsync(batch.Id);

            Assert.Equal("completed", ended.Status);
            var errors = await client.RowsAsync(ended.ErrorFileId);
            Assert.All(errors, e => Assert.Equal("shard_failed", (string?)e["error"]!["code"]));
            List<string> failed = [.. errors.Select(e => (string)e["id"]!)];
            Assert.InRange(failed.Count, 3, 7);
            var all = Enumerable.Range(0, Rows).Select(i => $"r{i:00}").ToList();
            // One part of the file, in a row.
            Assert.Equal(all.Skip(all.IndexOf(failed[0])).Take(failed.Count), failed);
            Assert.Equal(all.Except(failed), (await client.RowsAsync(ended.OutputFileId)).Select(o => (string)o["id"]!));
            Assert.Equal((Rows - failed.Count) * TestTenant.RowPrice, ended.Cost!.Charge);
        }
        finally
        {
            await instance.DisposeAsync();
        }
    }

    private static async Task<Service> StartAsync(bool writesThrough = true)
    {
        var service = new Service { Azurite = new() { WritesThrough = writesThrough } };
        await service.InitializeAsync();
        return service;
    }

    private static async Task StopAsync(ServiceProcess process)
    {
        process.Terminate();
        await process.WaitForExitAsync();
    }

    private static Task<ServiceProcess> StartInstanceAsync(Service own, int tries) => own.StartAnotherAsync(("PerCall__Batches__ShardTries", tries.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Shards that are done, and by which attempt.</summary>
    private static async Task<Dictionary<string, string>> ShardsAsync(Service own, string batch) => await Table(own, "shards")
        .QueryAsync<TableEntity>(e => e.PartitionKey == batch, cancellationToken: Cancellation)
        .Where(e => char.IsAsciiDigit(e.RowKey[0]))
        .ToDictionaryAsync(e => e.RowKey, e => e.GetString("Attempt"), cancellationToken: Cancellation);

    /// <summary>Whether a shard is being worked on: for the first time, an instance says so; later ones are counted.</summary>
    private static async Task<bool> IsBegunAsync(Service own, string batch, int shard, int before)
    {
        if (before > 0)
        {
            var row = await Table(own, "shards").GetEntityIfExistsAsync<TableEntity>(batch, $"s{shard:000000}", cancellationToken: Cancellation);
            return row.HasValue && row.Value!.GetInt32("Begun") == before;
        }

        return await Table(own, "jobs").QueryAsync<TableEntity>(e => e.PartitionKey == "~instances", cancellationToken: Cancellation)
            .AnyAsync(e => e.GetString("Held").Contains($"\"Job\":\"{batch}\",\"Shard\":{shard}", StringComparison.Ordinal), Cancellation);
    }

    private static TableClient Table(Service own, string name) => new(own.Azurite.ConnectionString, name);
}
