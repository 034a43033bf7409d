using Microsoft.Extensions.Hosting;
using PerCall.Functions.Batches.Jobs;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Jobs;

[Collection(BatchQueues.Name)]
public sealed class JobEventsTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_WhenTheWatcherGoesOrTheInstanceStops_EndsWithoutAnException(bool goes)
    {
        await using var instance = await BatchInstance.CreateAsync(azurite);
        var bed = await BatchBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, BatchInput.Draw(5, 8).Content);
        using var watcher = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var events = instance.Get<JobEvents>().WatchAsync(bed.Account, job.Id, watcher.Token).GetAsyncEnumerator(watcher.Token);
        Assert.True(await events.MoveNextAsync());

        // No time passes here, so it waits until it is ended.
        var next = events.MoveNextAsync().AsTask();
        if (goes)
        {
            await watcher.CancelAsync();
        }
        else
        {
            instance.Get<IHostApplicationLifetime>().StopApplication();
        }

        Assert.False(await next);
    }
}
