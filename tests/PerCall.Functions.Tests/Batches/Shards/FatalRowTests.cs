using System.Text;
using System.Text.Json;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
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

    [Fact]
    public async Task Plan_OfAFirstRowThatEndsItsProcess_RunsNoRowFromTheThirdTryOn()
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, survivor);
        await survivor.ClearAsync();
        var job = await OrderAsync(survivor, bed, fatal: 0);

        var deaths = await DieAsync(survivor, instance => GiveOutAsync(instance, bed.Account, job.Id));

        Assert.Equal(2, deaths);
        job = await FindAsync(survivor, bed.Account, job.Id);
        Assert.Equal((JobStage.Run, 3), (job.Stage, job.Plannings));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Rows - 1)]
    public async Task Run_OfARowThatEndsItsProcess_FailsThatRowAloneAndDeliversTheRest(int fatal)
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, survivor);
        await survivor.ClearAsync();
        var job = await OrderAsync(survivor, bed, fatal);
        // An instance that dies before it has noted what it gave out gives it out again: that would be more deaths, by the moment.
        Assert.Null(await GiveOutAsync(survivor, bed.Account, job.Id));

        var deaths = await DieAsync(survivor, instance => instance.RunAsync(bed.Account, job.Id));

        // At first, again without notes, among those around it, and twice alone.
        Assert.Equal(5, deaths);
        job = await FindAsync(survivor, bed.Account, job.Id);
        Assert.Equal((JobEnding.Completed, Rows - 1L, 1L), (job.Ending, job.Result!.Rows.Delivered, job.Result.Rows.Failed));
        var outcome = await BatchBed.ReadAsync(survivor, job);
        Assert.Equal([fatal + 1], outcome.Errors);
        Assert.Equal(Enumerable.Range(1, Rows).Where(l => l != fatal + 1).Select(l => (long)l), outcome.Output);
        Assert.Equal(Rows - 1, Assert.Single(await bed.ChargesAsync(job.Id)).Units);
    }

    private static Task<Job> OrderAsync(BatchInstance instance, BatchBed bed, int fatal)
    {
        var content = string.Concat(Enumerable.Range(0, Rows).Select(
            i => JsonSerializer.Serialize(new { id = $"r{i}", input = i == fatal ? FatalScorer.Mark : "a text" }) + "\n"));
        return bed.OrderAsync(instance, Encoding.UTF8.GetBytes(content), "spam");
    }

    /// <summary>Has instance after instance work until one does not die of it.</summary>
    /// <returns>How many have died.</returns>
    private static async Task<int> DieAsync(BatchInstance survivor, Func<BatchInstance, Task<Exception?>> work)
    {
        for (var deaths = 0; ; deaths++)
        {
            await using var instance = survivor.Beside((inner, faults) => new FatalScorer(inner, faults), Settings);
            if (await work(instance) is not { } death)
            {
                return deaths;
            }

            Assert.True(deaths < MostDeaths, $"Instances die of it over and over: {death}");
        }
    }

    /// <summary>Does the job's steps until all shards are given out; none is worked on.</summary>
    private static async Task<Exception?> GiveOutAsync(BatchInstance instance, string account, string id)
    {
        try
        {
            while (await FindAsync(instance, account, id) is var job && job.Progress.Dispatched < (job.Plan?.Shards ?? 1))
            {
                await instance.Get<JobStepper>().StepAsync(new(account, id, job.Tick), TestContext.Current.CancellationToken);
            }

            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e;
        }
    }

    private static async Task<Job> FindAsync(BatchInstance instance, string account, string id) =>
        (await instance.Get<JobTable>().FindAsync(account, id, TestContext.Current.CancellationToken))!.Value.Job;
}
