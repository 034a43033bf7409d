using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

public sealed class QueueSharingTests(AzuriteFixture azurite)
{
    private const int Many = 60;

    [Fact]
    public async Task TwoProcesses_ShareAQueue_EachMessageRunsOnceAndBothTakePart()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var services = await Sharing.StartTwoAsync(app);

        // A process that holds one message takes no other until the gate opens.
        await app.SendWorkAsync("m0", "gated");
        await app.SendWorkAsync("m1", "gated");
        await Task.WhenAll(services.Select(s => s.WaitForLineAsync("@work m")));
        await Parallel.ForAsync(2, Many, Sharing.InParallel, async (i, _) => await app.SendWorkAsync($"m{i}", "ok"));
        app.OpenGate("m0");
        app.OpenGate("m1");

        await Sharing.EachOnceByBothAsync(Many, Done, services);
    }

    [Fact]
    public async Task Kill_InMidMessage_RunsAgainInTheOtherProcessWithTheNextDequeueCount()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__MessageLease"] = "00:00:02";
        var first = await app.StartAsync(("Hang", "true"));
        await app.SendWorkAsync("k", "hang");
        await first.WaitForLineAsync("@work k hang run 1");

        var second = await app.StartAsync();
        await first.KillAsync();

        await second.WaitForLineAsync("@work k done");
        Assert.Equal($"{QueueTriggerTests.Runs(first, "k").Count() + 1}", Assert.Single(QueueTriggerTests.Runs(second, "k")));
    }

    [Fact]
    public async Task Terminate_InMidMessage_GivesItBackAtOnceWithoutSpendingTheDequeueCount()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.CutShort(leaveBehind: false);
        await app.SendWorkAsync("g", "hang");

        // Twice, so that refunds add up.
        for (var time = 0; time < 2; time++)
        {
            var cutShort = await app.StartAsync(("Hang", "true"));
            await cutShort.WaitForLineAsync("@work g hang run 1");
            Assert.Equal(0, await cutShort.StopAsync());
            Assert.Contains("@work g cancelled", cutShort.Lines);
        }

        var last = await app.StartAsync();
        await last.WaitForLineAsync("@work g hang run 1");
        await last.WaitForLineAsync("@work g done");

        // What was refunded is forgotten with the message.
        await Eventually.HoldsAsync(
            async () =>
                !await app.HostContainer().GetBlobsAsync(new() { Prefix = $"percall/refunds/{app.Prefix}/" }).AnyAsync(),
                "no refund is left", last);
    }

    [Fact]
    public async Task Terminate_MessageDoesNotHeedIt_IsLeftBehindAndGivenBackAtOnce()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var first = await StartDeafAsync(app, "g");

        first.Terminate();

        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.DoesNotContain("@work g cancelled", first.Lines);
        await RunsAnewAsync(app, "g");
    }

    [Fact]
    public async Task Terminate_PollIsAnsweredAfterwards_GivesBackWhatItBrings()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var first = await StartDeafAsync(app, "h");
        await using var poll = await azurite.HoldAsync("GET", $"/{app.Prefix}-work/messages");
        await poll.ReachedAsync(first);

        first.Terminate();
        await first.WaitForLineAsync(l => l.Contains("returned message", StringComparison.Ordinal));
        // It brings the message that was just given back.
        await poll.OpenAsync();

        Assert.Equal(0, await first.WaitForExitAsync());
        await RunsAnewAsync(app, "h");
    }

    [Fact]
    public async Task Terminate_WhileAMessageEndsInTime_LetsItFinish()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync();
        await app.SendWorkAsync("f", "gated");
        await service.WaitForLineAsync("@work f gated run 1");

        service.Terminate();
        await service.WaitForLineAsync(l => l.Contains("Application is shutting down", StringComparison.Ordinal));
        app.OpenGate("f");

        Assert.Equal(0, await service.WaitForExitAsync());
        Assert.Contains("@work f done", service.Lines);
        Assert.Equal(0, (await app.Queue("work").GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    /// <summary>Starts a process that leaves work behind, and has it run a message that heeds no cancellation.</summary>
    private static async Task<ServiceProcess> StartDeafAsync(TestApp app, string task)
    {
        app.CutShort(leaveBehind: true);
        var service = await app.StartAsync(("Hang", "true"));
        await app.SendWorkAsync(task, "deaf");
        await service.WaitForLineAsync($"@work {task} deaf run 1");
        return service;
    }

    /// <summary>Starts another process, which gets the message at once, as if it had never run.</summary>
    private static async Task RunsAnewAsync(TestApp app, string task)
    {
        var service = await app.StartAsync();
        await service.WaitForLineAsync($"@work {task} deaf run 1");
        await service.WaitForLineAsync($"@work {task} done");
    }

    private static List<string> Done(ServiceProcess service) =>
        [.. service.Lines.Where(l => l.StartsWith("@work m", StringComparison.Ordinal) && l.EndsWith(" done", StringComparison.Ordinal))];
}
