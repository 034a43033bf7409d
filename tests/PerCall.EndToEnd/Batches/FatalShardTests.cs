using System.Globalization;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>A batch with a shard that ends each instance that works on it.</summary>
public sealed class FatalShardTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Shard_ThatEndsItsInstanceEveryTime_IsToldAsErrorsAndTheRestIsDelivered()
    {
        // One try that is not noted, and two with notes while no row is being scored: the shard ends its process when it stores its
        // results.
        const int Tries = 1;
        const int Deaths = Tries + 3;
        const int Fatal = 1;
        const int Rows = 20;
        await using var own = new Service();
        await own.InitializeAsync();
        using var tenant = await TestTenant.CreateAsync(own);
        await own.Process.StopAsync();
        var content = string.Concat(Enumerable.Range(0, Rows).Select(i => $"{{\"id\":\"r{i:00}\",\"input\":\"a text\"}}\n"));
        // Whenever the second shard has been begun, it is held, and the instance is killed.
        await using var gate = await own.Azurite.HoldShardAsync(tenant.Account, Fatal);

        var instance = await StartAsync(own, Tries);
        try
        {
            var client = tenant.ClientOf(instance);
            var file = await client.SendAsync("rows.jsonl", content);
            var batch = await client.CreateBatchAsync(
                new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
            // The batch is killed when it has been written down that all shards were given out: else they are given out anew, and the first
            // beginning does not count.
            await Eventually.HoldsAsync(
                async () =>
                    (await client.GetBatchAsync(batch.Id, Cancellation)).RequestCounts.Completed > Rows / 2, "the other shards are done",
                    instance);
            for (var begun = 0; begun < Deaths; begun++)
            {
                await Eventually.HoldsAsync(
                    async () => await gate.HeldAsync() > begun, $"the shard is held for the {begun + 1}. time", instance);
                await instance.KillAsync();
                await instance.DisposeAsync();
                instance = await StartAsync(own, Tries);
            }

            client = tenant.ClientOf(instance);
            var ended = await client.EndAsync(batch.Id, instance);

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

    private static Task<ServiceProcess> StartAsync(Service own, int tries) =>
        own.StartAnotherAsync(("PerCall__Batches__ShardTries", tries.ToString(CultureInfo.InvariantCulture)));
}
