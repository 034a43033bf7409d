using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Batches.Api;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Journal;
using PerCall.Testing;
using PerCall.Testing.Batches;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

/// <summary>A storage that has lost what it acknowledged, or does not read it any more, while a batch was finalizing.</summary>
[Collection(BatchQueues.Name)]
public sealed class LostStorageTests(AzuriteFixture azurite)
{
    private static readonly (string, string)[] Settings = [(
        "PerCall:Batches:UndecidedAfter", "00:00:01"), ("PerCall:Idempotency:Lapse", "00:00:01")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_AfterTheJournalOfItsChargeWasShortened_IsChargedOnceInAnother()
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var (bed, job, input) = await LeaveChargingAsync(survivor);
        Assert.Single(await bed.ChargesAsync(job.Id));
        await WriteJournalAsync(survivor, job, (_, _) => []);

        Assert.Null(await survivor.RunAsync(job.Account, job.Id));

        Assert.Empty(await bed.FaultsAsync(survivor, job.Id, input));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Run_WhileTheJournalOfItsChargeCannotBeRead_WaitsForTheOperatorWhoSettlesIt(bool isCharged, int charges)
    {
        await using var survivor = await BatchInstance.CreateAsync(azurite, Settings);
        var (bed, job, _) = await LeaveChargingAsync(survivor);
        await WriteJournalAsync(survivor, job, (content, offset) => [.. content[..offset], .. "\0\0\0\n"u8]);
        var book = survivor.Get<JobBook>();
        Assert.Equal(
            "batch_decided",
            (await Assert.ThrowsAsync<Functions.Requests.RefusedException>(() => book.SettleAsync(job.Account, job.Id, isCharged))).Code);

        await StepUntilAsync(survivor, job, j => j.Charge.State == ChargeState.Undecided);
        var undecided = Assert.Single(await book.UndecidedAsync(Cancellation), j => j.Id == job.Id);
        var shown = book.Show(undecided);
        Assert.Equal(("finalizing", "charge_undecided"), (shown.Status, Assert.Single(shown.Errors!.Data).Code));
        await WriteJournalAsync(survivor, job, (content, offset) => content[..offset]);
        await book.SettleAsync(job.Account, job.Id, isCharged);
        Assert.Null(await survivor.RunAsync(job.Account, job.Id));

        var ended = await JobAsync(survivor, job);
        Assert.Equal((JobStage.Ended, JobEnding.Completed, null), (ended.Stage, ended.Ending!.Value, ended.Fault));
        Assert.Equal(charges, (await bed.ChargesAsync(job.Id)).Count);
        Assert.Equal(0, (await bed.MonthAsync(survivor, ended)).Held);
        Assert.DoesNotContain(await book.UndecidedAsync(Cancellation), j => j.Id == job.Id);
    }

    [Fact]
    public async Task Run_WhileItsResultsCannotBePutTogether_FailsAndIsNotCharged()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Settings);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, BatchInput.Draw(30, 21).Content);
        instance.Faults.Decide = r =>
            r.IsWrite && r.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal) ? Fault.BeforeSending : Fault.None;
        await instance.RunAsync(job.Account, job.Id);

        await StepUntilAsync(instance, job, j => j.Result is not null);
        Assert.Null(await instance.RunAsync(job.Account, job.Id));

        var ended = await JobAsync(instance, job);
        Assert.Equal((JobStage.Ended, JobEnding.Failed, "results_lost"), (ended.Stage, ended.Ending!.Value, ended.Fault!.Code));
        Assert.Empty(await bed.ChargesAsync(job.Id));
        Assert.Equal((0, 0), await bed.MonthAsync(instance, ended));
    }

    /// <summary>
    /// A batch whose instance could not note any more that the charge is in its journal, which holds another one's before.
    /// </summary>
    private async Task<(BatchBed Bed, Job Job, BatchInput Input)> LeaveChargingAsync(BatchInstance survivor)
    {
        var bed = await BatchBed.CreateAsync(azurite, survivor);
        await using var victim = survivor.Beside(Settings);
        var first = await (await BatchBed.CreateAsync(azurite, survivor)).OrderAsync(victim, BatchInput.Draw(10, 19).Content);
        Assert.Null(await victim.RunAsync(first.Account, first.Id));
        var input = BatchInput.Draw(30, 20);
        var job = await bed.OrderAsync(victim, input.Content);
        var (assembled, updates) = (false, 0);
        victim.Faults.Decide = r =>
        {
            assembled |= r.IsWrite && r.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal);
            updates += assembled && r.IsWrite && r.Uri.AbsolutePath.Contains($"/{JobTable.Name}(", StringComparison.Ordinal) ? 1 : 0;
            // The results, the charge that is to be; and never that it is.
            return updates > 2 ? Fault.BeforeSending : Fault.None;
        };
        Assert.NotNull(await victim.RunAsync(job.Account, job.Id));
        Assert.Equal(ChargeState.Charging, (await JobAsync(survivor, job)).Charge.State);
        return (bed, job, input);
    }

    /// <summary>Makes the journal of a job's charge of another content.</summary>
    private async Task WriteJournalAsync(BatchInstance instance, Job job, Func<byte[], int, byte[]> change)
    {
        var position = (await JobAsync(instance, job)).Charge.Position!;
        Assert.True(position.Offset > 0);
        var journal = new BlobContainerClient(azurite.ConnectionString, JournalContainer.Name).GetAppendBlobClient(position.Blob);
        var content = (await journal.DownloadContentAsync(Cancellation)).Value.Content.ToArray();
        await journal.DeleteAsync(cancellationToken: Cancellation);
        await journal.CreateAsync(cancellationToken: Cancellation);
        if (change(content, (int)position.Offset) is { Length: > 0 } changed)
        {
            await journal.AppendBlockAsync(new MemoryStream(changed), cancellationToken: Cancellation);
        }
    }

    private static async Task<Job> JobAsync(BatchInstance instance, Job job) =>
        (await instance.Get<JobTable>().FindAsync(job.Account, job.Id, Cancellation))!.Value.Job;

    private static Task StepUntilAsync(BatchInstance instance, Job job, Func<Job, bool> reached) => Eventually.HoldsAsync(
        async () =>
        {
            var now = await JobAsync(instance, job);
            if (reached(now))
            {
                return true;
            }

            try
            {
                await instance.Get<JobStepper>().StepAsync(new(now.Account, now.Id, now.Tick), Cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // As a message that fails and comes again.
            }

            return false;
        },
        "the batch gets on");
}
