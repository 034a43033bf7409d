using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

/// <summary>A storage of their own, because it keeps an answer back.</summary>
public sealed class SilentQueueTests
{
    /// <summary>Less than the 100 seconds for which the storage client waits by itself.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(70);

    [Fact]
    public async Task Poll_ThatIsNeverAnswered_IsGivenUpAndTheQueueIsAskedAgain()
    {
        await using var azurite = new AzuriteFixture { Preloaded = [Path.Combine(Repository.Root, "tests", "PerCall.Hosting.Tests", "Queues", "first-poll-unanswered.cjs")] };
        await azurite.InitializeAsync();
        await using var app = new TestApp(azurite.ConnectionString);
        await app.Queue("work").CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        // What the lost answer may have carried comes back after it.
        app["PerCall__Hosting__MessageLease"] = "00:00:05";
        var service = await app.StartAsync();

        await app.SendWorkAsync("s", "ok");

        await service.WaitForLineAsync("@work s done").WaitAsync(Bound, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
