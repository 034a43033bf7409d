using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Functions.Tests.Upkeep;
using PerCall.Testing;

namespace PerCall.Bench.Cost;

/// <summary><c>idle-day</c>: runs of functions and requests to storage of a day without calls, and of one with a few.</summary>
internal static class IdleDayCommand
{
    private const int DaysOfMonth = 31;
    private const int Calls = 20;

    /// <summary>When the bursts of the day with calls begin.</summary>
    private static readonly (TimeSpan At, int Calls)[] Bursts = [(new(8, 52, 10), 9), (new(13, 30, 0), 7), (new(19, 7, 40), 4)];

    public static Command Create()
    {
        var command = new Command("idle-day", "Runs of functions and requests to storage of a day without calls, and of one with a few.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        var start = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(1);
        await using var service = await SimulatedService.CreateAsync(azurite.ConnectionString, start);
        // A first day, so that the days that are measured do not begin with the first round ever.
        await service.PassAsync(TimeSpan.FromDays(1));
        List<IReadOnlyList<string>> days = [];
        days.Add(await DayAsync("no calls", service, [], cancellation));
        days.Add(await DayAsync($"{Calls} calls in {Bursts.Length} bursts", service, Bursts, cancellation));

        // The day's last round was that of 00:00.
        List<IReadOnlyList<string>> rounds = [];
        rounds.Add(await RoundAsync("at a quarter past, which closes the hour's journals", service));
        rounds.Add(await RoundAsync("at half past, and at a quarter to", service));
        await service.PassAsync(TimeSpan.FromMinutes(15));
        rounds.Add(await RoundAsync("on the hour, with the hourly chores", service));

        var report = new Report("A day without calls");
        report.Paragraph($"""
            The whole service in one process over Azurite, under a simulated clock. The function of the timer runs each 15 minutes of that
            clock, and that of the queue `work` when a message is due, as Azure would run them. Azure bills each run for at least a
            second, and the longest here took {service.LongestRun.TotalMilliseconds:0} ms; with 2048 MB that is {FlexPrices.Gigabytes:0}
            GB-seconds. The free grant of a month is {FlexPrices.FreeGigabyteSeconds:N0} GB-seconds and {FlexPrices.FreeExecutions:N0}
            runs; the target is at most 10 % of it for {DaysOfMonth} days. The requests of the calls themselves are counted where they are
            to tables and blobs that rounds use, too; those of the journal's writer, of the start of a process and of the Functions host
            (its leases, and a blob for the timer's last run) are not.
            """);
        report.Table(
            [
                "day", "runs of functions", "GB-seconds a month", "% of the free GB-seconds", "% of the free runs", "requests to blobs",
                "to tables", "to queues",
            ],
            days);
        report.Paragraph($"One round of the timer on a day without calls:");
        report.Table(["round", "requests to blobs", "to tables", "to queues", "ms here"], rounds);
        await report.WriteAsync("idle-day", cancellation);
    }

    private static async Task<IReadOnlyList<string>> DayAsync(
        string name, SimulatedService service, IReadOnlyList<(TimeSpan At, int Calls)> bursts, CancellationToken cancellation)
    {
        var (start, runs) = (service.Time.GetUtcNow(), service.Executions);
        var (blobs, tables, queues) = (service.Blobs.Requests, service.Tables.Requests, service.Queues.Requests);
        foreach (var burst in bursts)
        {
            cancellation.ThrowIfCancellationRequested();
            await service.PassAsync(start + burst.At - service.Time.GetUtcNow());
            await service.CallAsync("acc", burst.Calls);
        }

        await service.PassAsync(start + TimeSpan.FromDays(1) - service.Time.GetUtcNow());
        var month = (service.Executions - runs) * DaysOfMonth;
        return
        [
            name,
            Text(service.Executions - runs),
            Text(month * FlexPrices.Gigabytes),
            Text(100.0 * month * FlexPrices.Gigabytes / FlexPrices.FreeGigabyteSeconds, "0.0"),
            Text(100.0 * month / FlexPrices.FreeExecutions, "0.0"),
            Text(service.Blobs.Requests - blobs),
            Text(service.Tables.Requests - tables),
            Text(service.Queues.Requests - queues),
        ];
    }

    private static async Task<IReadOnlyList<string>> RoundAsync(string name, SimulatedService service)
    {
        var (blobs, tables, queues) = (service.Blobs.Requests, service.Tables.Requests, service.Queues.Requests);
        var began = Stopwatch.GetTimestamp();
        await service.PassAsync(TimeSpan.FromMinutes(15));
        return
        [
            name,
            Text(service.Blobs.Requests - blobs),
            Text(service.Tables.Requests - tables),
            Text(service.Queues.Requests - queues),
            Text(Stopwatch.GetElapsedTime(began).TotalMilliseconds),
        ];
    }

    private static string Text(double value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);
}
