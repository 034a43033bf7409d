using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

/// <summary>A storage of their own, because it keeps an answer back.</summary>
public sealed class SilentQueueTests
{
    /// <summary>The client of storage would ask again after 100 seconds by itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(70);

    [Fact]
    public async Task Poll_ThatIsNeverAnswered_IsGivenUpAndTheQueueIsAskedAgain()
    {
        var script = Path.Combine(Repository.Root, "tests", "PerCall.Hosting.Tests", "Queues", "first-poll-unanswered.cjs");
        await using var azurite = new AzuriteFixture { Preloaded = [script] };
        await azurite.InitializeAsync();
        await using var app = new TestApp(azurite.ConnectionString);
        await app.Queue("work").CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        // What the lost answer may have carried comes back after it.
        app["PerCall__Hosting__MessageLease"] = "00:00:05";
        app["PerCall__Hosting__AnswerTimeout"] = "00:00:02";
        var service = await app.StartAsync();

        await app.SendWorkAsync("s", "ok");

        await service.WaitForLineAsync(
            l => l.Contains("Failed to poll queue", StringComparison.Ordinal) && l.Contains("-work:", StringComparison.Ordinal))
            .WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        await service.WaitForLineAsync("@work s done").WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
