using Azure.Core;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Limits;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Upkeep;
using PerCall.Testing;
using PerCall.Testing.Batches;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Uploads;

[Collection(BatchQueues.Name)]
public sealed class InboxTests(AzuriteFixture azurite)
{
    private static readonly (string, string)[] Settings = [("PerCall:Batches:ShardRows", "12")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_OfTheSameUploadTenTimesOnTwoInstances_IsOneJob()
    {
        await using var one = await BatchInstance.CreateAsync(azurite, Settings);
        await using var other = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, one);
        var input = BatchInput.Draw(30, 3);
        var blob = await bed.UploadAsync(input.Content);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? one : other).Get<Inbox>().TakeAsync(blob, Cancellation)));

        var job = Assert.Single(await JobsAsync(one, bed));
        Assert.Null(await one.RunAsync(bed.Account, job.Id));
        Assert.Empty(await bed.FaultsAsync(one, job.Id, input));
        // And once more after the end.
        await other.Get<Inbox>().TakeAsync(blob, Cancellation);
        Assert.Single(await JobsAsync(one, bed));
    }

    [Fact]
    public async Task Take_OfAFileThatWasWrittenOver_IsAnotherJob_AndTheFirstFailsWithWhatIsDone()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var (before, after) = (BatchInput.Draw(30, 4), BatchInput.Draw(25, 5));
        var blob = await bed.UploadAsync(before.Content);
        await instance.Get<Inbox>().TakeAsync(blob, Cancellation);
        var first = Assert.Single(await JobsAsync(instance, bed));
        await bed.UploadAsync(after.Content);
        await instance.Get<Inbox>().TakeAsync(blob, Cancellation);

        var jobs = await JobsAsync(instance, bed);
        foreach (var job in jobs)
        {
            Assert.Null(await instance.RunAsync(bed.Account, job.Id));
        }

        Assert.Equal(2, jobs.Count);
        var ended = (await instance.Get<JobTable>().FindAsync(bed.Account, first.Id, Cancellation))!.Value.Job;
        Assert.Equal((JobEnding.Failed, "input_changed"), (ended.Ending!.Value, ended.Fault!.Code));
        Assert.Empty(await bed.ChargesAsync(first.Id));
        Assert.Empty(await bed.FaultsAsync(instance, jobs.Single(j => j.Id != first.Id).Id, after));
    }

    [Fact]
    public async Task Run_OfAFileThatIsDeletedMeanwhile_FailsAndChargesForWhatWasDelivered()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var input = BatchInput.Draw(120, 6);
        var blob = await bed.UploadAsync(input.Content);
        await instance.Get<Inbox>().TakeAsync(blob, Cancellation);
        var job = Assert.Single(await JobsAsync(instance, bed));
        var done = 0;
        instance.Faults.Decide = request =>
        {
            done += request.IsWrite && request.Uri.AbsolutePath.EndsWith($"/{ShardTable.Name}", StringComparison.Ordinal) ? 1 : 0;
            return Fault.None;
        };
        using var fourth = instance.Faults.Hold(request =>
            done == 3 && request.Method == RequestMethod.Get && request.Uri.AbsolutePath.EndsWith("/rows.jsonl", StringComparison.Ordinal));

        var running = instance.RunAsync(bed.Account, job.Id);
        await fourth.Reached;
        await new BlobClient(azurite.ConnectionString, "inbox", blob).DeleteAsync(cancellationToken: Cancellation);
        fourth.Release();
        Assert.Null(await running);

        var ended = (await instance.Get<JobTable>().FindAsync(bed.Account, job.Id, Cancellation))!.Value.Job;
        Assert.Equal((JobEnding.Failed, "input_deleted"), (ended.Ending!.Value, ended.Fault!.Code));
        var outcome = await BatchBed.ReadAsync(instance, ended);
        Assert.InRange(outcome.Output.Count, 1, input.Good.Count - 1);
        Assert.Equal(outcome.Output.Order(), outcome.Output);
        Assert.Equal(outcome.Output.Count, Assert.Single(await bed.ChargesAsync(job.Id)).Units);
        Assert.Equal((outcome.Output.Count * BatchBed.Price, 0), await bed.MonthAsync(instance, ended));
    }

    [Fact]
    public async Task Take_OfAFileThatIsGoneAgain_IsNothing()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);

        await instance.Get<Inbox>().TakeAsync($"{bed.Account}/text-classification/sentiment/gone.jsonl", Cancellation);

        Assert.Empty(await JobsAsync(instance, bed));
    }

    [Theory]
    [InlineData("no-such-task", "sentiment", "invalid_task")]
    [InlineData("text-classification", "no-such-model", "model_not_found")]
    [InlineData("image-classification", "sentiment", "wrong_task")]
    [InlineData("text-classification", "sentiment@9", "version_not_found")]
    public async Task Take_OfAFileInTheWrongPlace_FailsWithTheReason(string task, string model, string code)
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        await instance.Get<Inbox>().TakeAsync(await bed.UploadAsync(BatchInput.Draw(5, 7).Content, task, model), Cancellation);
        var job = Assert.Single(await JobsAsync(instance, bed));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = (await instance.Get<JobTable>().FindAsync(bed.Account, job.Id, Cancellation))!.Value.Job;
        Assert.Equal((JobEnding.Failed, code), (ended.Ending!.Value, ended.Fault!.Code));
        Assert.Equal((0, 0), await bed.MonthAsync(instance, ended));
    }

    [Fact]
    public async Task Take_OfAFileOfNoTenant_IsNothing()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        foreach (var blob in (string[])["nobody/text-classification/sentiment/a.jsonl", "a.jsonl",
            "a#b/text-classification/sentiment/a.jsonl", $"{bed.Account}/a.jsonl", $"{bed.Tenant}/text-classification/sentiment/a.jsonl"])
        {
            await new BlobClient(
                azurite.ConnectionString, "inbox", blob).UploadAsync(BinaryData.FromString("{}"), overwrite: true, Cancellation);

            await instance.Get<Inbox>().TakeAsync(blob, Cancellation);
        }

        Assert.Empty(await JobsAsync(instance, bed));
    }

    [Fact]
    public async Task Sweep_OfAFileThatNoEventReported_BeginsItsJobOnce()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var input = BatchInput.Draw(20, 8);
        await bed.UploadAsync(input.Content);
        await instance.Get<Inbox>().SweepAsync(Cancellation);
        // An event may be on its way for what has only just come.
        Assert.Empty(await JobsAsync(instance, bed));

        var later = InboxAt(instance, TimeSpan.FromMinutes(1));
        await later.SweepAsync(Cancellation);
        await later.SweepAsync(Cancellation);
        await InboxAt(instance, TimeSpan.FromMinutes(2)).SweepAsync(Cancellation);

        var job = Assert.Single(await JobsAsync(instance, bed));
        Assert.Null(await instance.RunAsync(bed.Account, job.Id));
        Assert.Empty(await bed.FaultsAsync(instance, job.Id, input));
        // What is about to be removed begins nothing anew.
        await instance.Get<JobTable>().RemoveAsync(bed.Account, job.Id, Cancellation);
        await InboxAt(instance, TimeSpan.FromDays(31)).SweepAsync(Cancellation);
        Assert.Empty(await JobsAsync(instance, bed));
    }

    /// <summary>That of another instance, at a later time.</summary>
    private static Inbox InboxAt(BatchInstance instance, TimeSpan later) => new(
        instance.Get<BlobContainers>(),
        instance.Get<UploadNotes>(),
        instance.Get<SweptInbox>(),
        instance.Get<StoredBytes>(),
        instance.Get<JobTable>(),
        instance.Get<JobIntake>(),
        instance.Get<TenantTable>(),
        instance.Get<UploadPermits>(),
        instance.Get<PlanTable>(),
        instance.Get<LimitedAccounts>(),
        instance.Get<TaskScorers>(),
        instance.Get<UpkeepClock>(),
        instance.Get<RestoredTables>(),
        instance.Get<IOptions<BatchOptions>>(),
        new FakeTimeProvider(instance.Time.GetUtcNow() + later),
        NullLogger<Inbox>.Instance);

    private static async Task<List<Job>> JobsAsync(BatchInstance instance, BatchBed bed) =>
        await instance.Get<JobTable>().ListAsync(bed.Account, null, Cancellation).ToListAsync(Cancellation);
}
