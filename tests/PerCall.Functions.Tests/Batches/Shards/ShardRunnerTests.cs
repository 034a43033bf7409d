using Azure.Storage.Queues.Models;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Storage.Work;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Shards;

[Collection(BatchQueues.Name)]
public sealed class ShardRunnerTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>As when an instance has died: the queue hands its message out again, and the shard is given out anew.</summary>
    [Fact]
    public async Task Run_OfAShardWhoseMessageIsThereTwice_BeginsItOnce()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        await instance.ClearAsync();
        var input = BatchInput.Draw(20, 3);
        var job = await bed.OrderAsync(instance, input.Content);
        var step = StepAsync(instance, bed.Account, job.Id);
        QueueMessage? message = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                if (step.IsCompleted)
                {
                    // A step that runs long sends a message for its remainder. No host is here to receive it.
                    await step;
                    step = StepAsync(instance, bed.Account, job.Id);
                }

                return (message = await instance.Shards.ReceiveMessageAsync(cancellationToken: Cancellation)) is not null;
            },
            "the shard is given out");
        var shard = ShardQueue.Parse(WorkMessage.Parse(message!.Body));

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => instance.Get<ShardRunner>().RunAsync(shard, received: 2, Cancellation)));

        Assert.Equal(1, (await instance.Get<ShardTable>().TrialAsync(job.Id, shard.Shard, Cancellation)).Begun);
        await instance.Shards.DeleteMessageAsync(message.MessageId, message.PopReceipt, Cancellation);
        await step;
        Assert.Null(await instance.RunAsync(bed.Account, job.Id));
        Assert.Empty(await bed.FaultsAsync(instance, job.Id, input));
    }

    private static async Task StepAsync(BatchInstance instance, string account, string id)
    {
        var job = (await instance.Get<JobTable>().FindAsync(account, id, Cancellation))!.Value.Job;
        await instance.Get<JobStepper>().StepAsync(new(account, id, job.Tick), Cancellation);
    }
}
