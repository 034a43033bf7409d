using System.Text;
using System.Text.Json;
using PerCall.Functions.Batches.Jobs;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Shards;

/// <summary>A row that ends its process whenever it is scored.</summary>
[Collection(BatchQueues.Name)]
public sealed class FatalRowTests(AzuriteFixture azurite)
{
    private const int Rows = 200;
    private const int MostDeaths = 20;

    private static readonly (string, string)[] Settings = [("PerCall:Batches:ShardRows", "200"), ("PerCall:Batches:ShardTries", "1")];

    [Theory]
    [InlineData(0)]
    [InlineData(Rows - 1)]
    public async Task Run_OfARowThatEndsItsProcess_FailsThatRowAloneAndDeliversTheRest(int fatal)
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, survivor);
        await survivor.ClearAsync();
        var content = string.Concat(Enumerable.Range(0, Rows).Select(
            i => JsonSerializer.Serialize(new { id = $"r{i}", input = i == fatal ? FatalScorer.Mark : "a text" }) + "\n"));
        var job = await bed.OrderAsync(survivor, Encoding.UTF8.GetBytes(content), "spam");

        var deaths = -1;
        Exception? death;
        do
        {
            await using var instance = survivor.Beside((inner, faults) => new FatalScorer(inner, faults), Settings);
            death = await instance.RunAsync(bed.Account, job.Id);
            deaths++;
        }
        while (death is not null && deaths < MostDeaths);

        Assert.Null(death);
        // At first, again without notes, among those around it, and twice alone; and twice at most while rows are run to see how long they
        // take.
        Assert.InRange(deaths, 5, 7);
        job = (await survivor.Get<JobTable>().FindAsync(bed.Account, job.Id, TestContext.Current.CancellationToken))!.Value.Job;
        Assert.Equal((JobEnding.Completed, Rows - 1L, 1L), (job.Ending, job.Result!.Rows.Delivered, job.Result.Rows.Failed));
        var outcome = await BatchBed.ReadAsync(survivor, job);
        Assert.Equal([fatal + 1], outcome.Errors);
        Assert.Equal(Enumerable.Range(1, Rows).Where(l => l != fatal + 1).Select(l => (long)l), outcome.Output);
        Assert.Equal(Rows - 1, Assert.Single(await bed.ChargesAsync(job.Id)).Units);
    }
}
