using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

public sealed class QueueSharingTests(AzuriteFixture azurite)
{
    private const int Many = 200;

    [Fact]
    public async Task Lease_FunctionRunsLongerThanIt_IsRenewedAndTheMessageRunsOnce()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__MessageLease"] = "00:00:02";
        ServiceProcess[] services = [await app.StartAsync(), await app.StartAsync()];

        await app.SendWorkAsync("long", "long");

        await Task.WhenAny(services.Select(s => s.WaitForLineAsync("@work long done")));
        await Eventually.HoldsAsync(async () => (await app.Queue("work").GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, "the queue is empty");
        Assert.Equal("1", Assert.Single(services.SelectMany(s => QueueTriggerTests.Runs(s, "long"))));
    }

    [Fact]
    public async Task TwoProcesses_ShareAQueue_EachMessageRunsOnceAndBothTakePart()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var first = app.Launch();
        var second = app.Launch();
        await first.WaitUntilReadyAsync();
        await second.WaitUntilReadyAsync();

        await Sharing.EachOnceByBothAsync(Many, i => app.SendWorkAsync($"m{i}", "ok"), Done, first, second);
    }

    [Fact]
    public async Task Kill_InMidMessage_RunsAgainInTheOtherProcessWithDequeueCountTwo()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__MessageLease"] = "00:00:03";
        var first = await app.StartAsync(("Hang", "true"));
        await app.SendWorkAsync("k", "hang");
        await first.WaitForLineAsync("@work k hang run 1");

        var second = await app.StartAsync();
        await first.KillAsync();

        await second.WaitForLineAsync("@work k hang run 2");
        await second.WaitForLineAsync("@work k done");
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("deaf")]
    public async Task Terminate_InMidMessage_GivesItBackAtOnceWithoutSpendingTheDequeueCount(string behaviour)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__GracePeriod"] = "00:00:01";
        app["PerCall__Hosting__CancellationPeriod"] = "00:00:01";
        var first = await app.StartAsync(("Hang", "true"));
        await app.SendWorkAsync("g", behaviour);
        await first.WaitForLineAsync($"@work g {behaviour} run 1");

        first.Terminate();
        Assert.Equal(0, await first.WaitForExitAsync());

        // Twice, so that refunds add up.
        var second = await app.StartAsync(("Hang", "true"));
        await second.WaitForLineAsync($"@work g {behaviour} run 1");
        second.Terminate();
        Assert.Equal(0, await second.WaitForExitAsync());

        var third = await app.StartAsync();
        await third.WaitForLineAsync($"@work g {behaviour} run 1");
        await third.WaitForLineAsync("@work g done");

        // What was refunded is forgotten with the message.
        await Eventually.HoldsAsync(
            async () => !await app.HostContainer().GetBlobsAsync(new() { Prefix = $"percall/refunds/{app.Prefix}/" }).AnyAsync(), "no refund is left");
        Assert.Equal(behaviour == "hang", first.Lines.Contains("@work g cancelled"));
    }

    [Fact]
    public async Task Terminate_WhileAMessageEndsInTime_LetsItFinish()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync();
        await app.SendWorkAsync("f", "long");
        await service.WaitForLineAsync("@work f long run 1");

        service.Terminate();

        Assert.Equal(0, await service.WaitForExitAsync());
        Assert.Contains("@work f done", service.Lines);
        Assert.Equal(0, (await app.Queue("work").GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    private static List<string> Done(ServiceProcess service) =>
        [.. service.Lines.Where(l => l.StartsWith("@work m", StringComparison.Ordinal) && l.EndsWith(" done", StringComparison.Ordinal))];
}
