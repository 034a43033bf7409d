using System.Text;
using PerCall.Functions.Batches.Jobs;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>What a shard costs storage, which is what it costs in time and money where rows cost little.</summary>
[Collection(BatchQueues.Name)]
public sealed class OperationCountTests(AzuriteFixture azurite)
{
    /// <summary>What the host does for a message: it receives four at a time, and deletes each.</summary>
    private const double ByTheHost = 1.25;

    private const double Most = 6;
    private const int Runs = 3;

    [Fact]
    public async Task Run_OfMoreShards_CostsAtMostSixOperationsForEach()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:ShardRows", "10"), ("PerCall:Batches:PresenceInterval", "00:00:05"));
        var each = double.MaxValue;
        // Some operations go by the clock (signs of life, looks at how far a job is): the busier the machine, the more of them. The least is what the shards cost.
        for (var run = 0; run < Runs && each > Most; run++)
        {
            var (few, fewOperations) = await RunAsync(instance, 400);
            var (many, manyOperations) = await RunAsync(instance, 4000);
            Assert.InRange(many - few, 300, 400);
            each = Math.Min(each, (double)(manyOperations - fewOperations) / (many - few) + ByTheHost);
        }

        Assert.InRange(each, 4, Most);
    }

    private async Task<(int Shards, int Operations)> RunAsync(BatchInstance instance, int rows)
    {
        var bed = await BatchBed.CreateAsync(azurite, instance);
        await instance.ClearAsync();
        var content = string.Concat(Enumerable.Range(0, rows).Select(i => $"{{\"id\": \"{i:0000}\", \"input\": \"a\"}}\n"));
        var before = instance.Faults.Requests;
        var job = await bed.OrderAsync(instance, Encoding.UTF8.GetBytes(content));
        Assert.Null(await instance.RunAsync(bed.Account, job.Id, isPatient: true));
        var operations = instance.Faults.Requests - before;
        var ended = (await instance.Get<JobTable>().FindAsync(bed.Account, job.Id, TestContext.Current.CancellationToken))!.Value.Job;
        Assert.Equal(rows, ended.Result!.Rows.Delivered);
        return (ended.Plan!.Shards, operations);
    }
}
