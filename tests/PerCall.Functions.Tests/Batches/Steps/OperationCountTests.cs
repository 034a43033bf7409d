using System.Text;
using Azure.Core;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Tests.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>What a shard costs storage, which is what it costs in time and money where rows cost little.</summary>
[Collection(BatchQueues.Name)]
public sealed class OperationCountTests(AzuriteFixture azurite)
{
    /// <summary>What the host does for a message: it receives four at a time, and deletes each.</summary>
    private const double ByTheHost = 1.25;

    private const double Most = 6;

    [Fact]
    public async Task Run_OfMoreShards_CostsAtMostSixOperationsForEach()
    {
        // A step sends a shard's message again if no instance has had the shard in hand for 46 s, the longest setting. A slow machine needs
        // longer for all shards, and the last one is in nobody's hand from its receipt to its start. By a slow clock the 46 s are 460 s of
        // the system's.
        await using var instance = await BatchInstance.CreateAsync(
            azurite,
            new ShiftedTime { Haste = 0.1 },
            ("PerCall:Batches:ShardRows", "10"),
            ("PerCall:Batches:PresenceInterval", "00:00:15"),
            ("PerCall:Batches:LookInterval", "00:00:00.1"));
        // Loads the model, which is asked for once.
        await RunAsync(instance, 10);
        var few = await RunAsync(instance, 400);
        var many = await RunAsync(instance, 1600);

        Assert.Equal((40, 160), (few.Shards, many.Shards));
        // Its message is sent, its rows are read, its results are staged and its row is written: once each.
        Assert.Equal((40, 40, 40, 40), few.OfShards);
        Assert.Equal((160, 160, 160, 160), many.OfShards);
        Assert.True(4 + ByTheHost <= Most);
        // All else is done once for the batch, but for the looks at how far it is.
        Assert.Equal(few.Others, many.Others);
    }

    private static async Task<Cost> RunAsync(BatchInstance instance, BatchBed bed, int rows)
    {
        var counter = new Counter();
        instance.Faults.Decide = request =>
        {
            counter.Count(request);
            return Fault.None;
        };
        var content = string.Concat(Enumerable.Range(0, rows).Select(i => $"{{\"id\": \"{i:0000}\", \"input\": \"a\"}}\n"));
        var job = await bed.OrderAsync(instance, Encoding.UTF8.GetBytes(content));
        Assert.Null(await instance.RunAsync(bed.Account, job.Id));
        var cost = counter.Cost;
        var ended = (await instance.Get<JobTable>().FindAsync(bed.Account, job.Id, TestContext.Current.CancellationToken))!.Value.Job;
        Assert.Equal(rows, ended.Result!.Rows.Delivered);
        return cost with { Shards = ended.Plan!.Shards };
    }

    /// <summary>
    /// Looks at how far the job is, reads where the shards are cut that are given out then, and what is written of both; and looks at
    /// whether the model has changed. The slower the machine, the more of them.
    /// </summary>
    private static bool GoesByTheClock(StorageRequest request) =>
        request.Uri.AbsolutePath.Contains("/jobs", StringComparison.Ordinal)
        || request.Uri.AbsolutePath.Contains("/work/messages", StringComparison.Ordinal)
        || request.Uri.AbsolutePath.Contains("/models/", StringComparison.Ordinal)
        || (request.Method == RequestMethod.Get && request.Uri.AbsolutePath is var path
            && (path.Contains("/shards", StringComparison.Ordinal) || path.Contains("/cuts-", StringComparison.Ordinal)));

    private async Task<Cost> RunAsync(BatchInstance instance, int rows)
    {
        var bed = await BatchBed.CreateAsync(azurite, instance);
        await instance.ClearAsync();
        return await RunAsync(instance, bed, rows);
    }

    /// <param name="Shards">Of the job.</param>
    /// <param name="Messages">Sent, a shard each.</param>
    /// <param name="Reads">Of the file, for shards.</param>
    /// <param name="Blocks">Staged of results.</param>
    /// <param name="Rows">Written of shards that are done.</param>
    /// <param name="Others">Requests that are neither of shards nor more of them the longer the job takes.</param>
    private readonly record struct Cost(int Shards, int Messages, int Reads, int Blocks, int Rows, int Others)
    {
        public (int Messages, int Reads, int Blocks, int Rows) OfShards => (Messages, Reads, Blocks, Rows);
    }

    private sealed class Counter
    {
        private readonly Lock _lock = new();

        public Cost Cost { get; private set; }

        public void Count(StorageRequest request)
        {
            lock (_lock)
            {
                Cost = (request.Method.Method, request.Uri.AbsolutePath) switch
                {
                    ("POST", var path) when path.EndsWith("/shards/messages", StringComparison.Ordinal) =>
                        Cost with { Messages = Cost.Messages + 1 },
                    ("POST", var path) when path.EndsWith("/shards", StringComparison.Ordinal) => Cost with { Rows = Cost.Rows + 1 },
                    ("PUT", _) when request.Uri.Query.Contains("comp=block&", StringComparison.Ordinal) =>
                        Cost with { Blocks = Cost.Blocks + 1 },
                    // Before the first shard is given out it is the plan that reads, as much as it has time for.
                    ("GET", var path) when path.EndsWith("/rows.jsonl", StringComparison.Ordinal) =>
                        Cost with { Reads = Cost.Reads + (Cost.Messages > 0 ? 1 : 0) },
                    _ => GoesByTheClock(request) ? Cost : Cost with { Others = Cost.Others + 1 },
                };
            }
        }
    }
}
