using System.Globalization;
using System.Text.Json;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Timers;

public sealed class TimerTriggerTests(AzuriteFixture azurite, ServiceFixture fixture) : IClassFixture<ServiceFixture>
{
    private const string EverySecond = "* * * * * *";

    [Fact]
    public async Task Trigger_RunOnStartup_RunsAtStartWithoutStatus()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await service.WaitForLineAsync("@startup past due False status none");
    }

    [Fact]
    public async Task Trigger_TwoProcesses_RunEachOccurrenceOnceAndTheOtherTakesOverAfterKill()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["TickSchedule"] = EverySecond;
        var first = await app.StartAsync();
        await first.WaitForLinesAsync("@tick", 2);
        var second = await app.StartAsync();

        await first.WaitForLinesAsync("@tick", 4);
        Assert.DoesNotContain(second.Lines, l => l.StartsWith("@tick", StringComparison.Ordinal));
        await first.KillAsync();

        // What was missed in between is made up for by one run.
        var runs = await second.WaitForLinesAsync("@tick", 3);
        Assert.StartsWith("@tick past due True", runs[0], StringComparison.Ordinal);
        Assert.All(runs.Skip(1), run => Assert.StartsWith("@tick past due False", run, StringComparison.Ordinal));

        // Each run of a process was told of another one as its last: no occurrence ran twice.
        Assert.All([first, second], s => Assert.Distinct(LastRuns(s)));
    }

    [Fact]
    public async Task Trigger_HolderIsTerminated_TheOtherTakesOverAtOnce()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["TickSchedule"] = EverySecond;
        var first = await app.StartAsync();
        await first.WaitForLinesAsync("@tick", 1);
        var second = await app.StartAsync();

        first.Terminate();
        await first.WaitForExitAsync();
        var ended = TimeProvider.System.GetTimestamp();

        await second.WaitForLinesAsync("@tick", 1);
        Assert.InRange(TimeProvider.System.GetElapsedTime(ended).TotalSeconds, 0, 12);
    }

    [Fact]
    public async Task Trigger_OccurrenceMissedWhileNothingRan_RunsOnceAtStartAsPastDue()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["TickSchedule"] = "0 0 12 * * *";
        await WriteStatusAsync(app, last: TimeProvider.System.GetUtcNow().AddDays(-3));

        var service = await app.StartAsync();

        await service.WaitForLineAsync("@tick past due True");
        await Eventually.HoldsAsync(async () => await ReadLastAsync(app) > TimeProvider.System.GetUtcNow().AddHours(-1), "the status is written");
        service.Terminate();
        Assert.Equal(0, await service.WaitForExitAsync());

        // Made up for: the next start has nothing to do.
        var next = await app.StartAsync();
        await next.WaitForLineAsync("@startup");
        Assert.DoesNotContain(next.Lines, l => l.StartsWith("@tick", StringComparison.Ordinal));
        Assert.Single(service.Lines, l => l.StartsWith("@tick", StringComparison.Ordinal));
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

    private static IEnumerable<string> LastRuns(ServiceProcess service) =>
        service.Lines.Where(l => l.StartsWith("@tick", StringComparison.Ordinal)).Select(l => l.Split(' ')[^1]);

    private static Azure.Storage.Blobs.BlobClient StatusBlob(TestApp app) =>
        app.HostContainer().GetBlobClient($"timers/{app.Prefix}/Host.Functions.tick/status");

    private static async Task WriteStatusAsync(TestApp app, DateTimeOffset last)
    {
        await app.HostContainer().CreateIfNotExistsAsync();
        var status = new { Last = last.UtcDateTime, Next = last.UtcDateTime, LastUpdated = last.UtcDateTime };
        await StatusBlob(app).UploadAsync(BinaryData.FromObjectAsJson(status), overwrite: true);
    }

    private static async Task<DateTimeOffset> ReadLastAsync(TestApp app)
    {
        using var status = JsonDocument.Parse((await StatusBlob(app).DownloadContentAsync()).Value.Content);
        return status.RootElement.GetProperty("Last").GetDateTime();
    }
}
