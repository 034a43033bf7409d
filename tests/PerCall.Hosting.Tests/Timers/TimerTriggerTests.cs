using System.Globalization;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Timers;

public sealed class TimerTriggerTests(AzuriteFixture azurite, ServiceFixture fixture) : IClassFixture<ServiceFixture>
{
    private const string EverySecond = "* * * * * *";

    [Fact]
    public async Task Trigger_WithoutMonitor_RunsWithoutStatus()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await service.WaitForLineAsync("@unmonitored past due False status none");
    }

    /// <summary>Waits for the lease of a process that was killed: 15 seconds, the least that storage allows.</summary>
    [Fact]
    public async Task Trigger_HolderIsKilled_TheOtherTakesOverAndMakesUpForWhatWasMissed()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["TickSchedule"] = EverySecond;
        var first = await app.StartAsync();
        var second = await app.StartAsync();
        await Eventually.HoldsAsync(
            () => Task.FromResult(Ticks(first).Count + Ticks(second).Count >= 2), "there are two runs", first, second);
        var (holder, other) = Ticks(first).Count > 0 ? (first, second) : (second, first);

        await holder.KillAsync();

        var runs = await other.WaitForLinesAsync("@tick", 2);
        Assert.StartsWith("@tick past due True", runs[0], StringComparison.Ordinal);
        // Each run of a process was told of another one as its last: no occurrence ran twice.
        Assert.All([first, second], s => Assert.Distinct(LastRuns(s)));
    }

    [Fact]
    public async Task Trigger_HolderIsTerminated_FreesTheLockForTheNext()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["TickSchedule"] = EverySecond;
        app["PerCall__Hosting__SingletonLease"] = "00:01:00";
        var first = await app.StartAsync();
        await first.WaitForLinesAsync("@tick", 1);
        var properties = await LockBlob(app).GetPropertiesAsync();
        Assert.Equal(LeaseState.Leased, properties.Value.LeaseState);

        Assert.Equal(0, await first.StopAsync());

        properties = await LockBlob(app).GetPropertiesAsync();
        Assert.Equal(LeaseState.Available, properties.Value.LeaseState);
        var second = await app.StartAsync();
        await second.WaitForLinesAsync("@tick", 1);
    }

    [Fact]
    public async Task Trigger_FirstStartEver_IsNotPastDue()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await Eventually.HoldsAsync(async () => await StatusBlob(app).ExistsAsync(), "the status is written");
        using var status = JsonDocument.Parse((await StatusBlob(app).DownloadContentAsync()).Value.Content);

        Assert.Equal(default, status.RootElement.GetProperty("Last").GetDateTime());
        var next = status.RootElement.GetProperty("Next").GetDateTime();
        Assert.Equal("01-01 00:00:00", next.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        Assert.DoesNotContain(service.Lines, l => l.StartsWith("@tick", StringComparison.Ordinal));
    }

    private static List<string> Ticks(ServiceProcess service) =>
        [.. service.Lines.Where(l => l.StartsWith("@tick", StringComparison.Ordinal))];

    private static IEnumerable<string> LastRuns(ServiceProcess service) => Ticks(service).Select(l => l.Split(' ')[^1]);

    private static BlobClient LockBlob(TestApp app) => app.HostContainer().GetBlobClient($"locks/{app.Prefix}/timers/tick");

    private static BlobClient StatusBlob(TestApp app) =>
        app.HostContainer().GetBlobClient($"timers/{app.Prefix}/Host.Functions.tick/status");
}
