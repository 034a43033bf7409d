using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Azure.Storage.Blobs.Models;
using PerCall.Bench.Results;

namespace PerCall.Bench.Metering;

/// <summary><c>journal</c>: calls a second whose charges one instance gets to disk, against what storage lets it append.</summary>
internal static class JournalCommand
{
    private const int LineBytes = 600;
    private static readonly int[] Callers = [1, 8, 64, 512, 4096];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 3, Description = "Of each measurement." };
        var command = new Command("journal", "Charges to disk: appends per second, and events per append.") { rounds, seconds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, int seconds, CancellationToken cancellation)
    {
        var report = new Report("Journal");
        await using var storage = await UsageStorage.CreateAsync(cancellation);
        var rounds = new List<(double Bare, (double Events, double Appends)[] Journal)>();
        await BareAsync(storage, 1, cancellation);
        while (rounds.Count < count)
        {
            var bare = await BareAsync(storage, seconds, cancellation);
            var journal = new (double, double)[Callers.Length];
            for (var i = 0; i < Callers.Length; i++)
            {
                journal[i] = await JournalAsync(storage, Callers[i], seconds, cancellation);
            }

            rounds.Add((bare, journal));
            Console.WriteLine(
                $"round {rounds.Count}: bare {bare:0}/s, {string.Join(", ", journal.Select(j => $"{j.Item1:0} events in {j.Item2:0} appends"))}");
        }

        var limit = Statistics.Median(rounds.Select(r => r.Bare));
        var most = Statistics.Median(rounds.Select(r => r.Journal[^1].Events));
        report.Paragraph($"""
            One instance's journal (`UsageJournal`, in this process), Azurite on the same {Environment.ProcessorCount} cores. A caller appends its charge, waits until it is on disk, and appends the next; charges a second by the number of callers.
            The limit is one append after another of {LineBytes} bytes with a condition on the position: **{limit:0} a second**. Medians of {rounds.Count} rounds of {seconds} s.
            """);
        report.Paragraph(
            $"**{most:N0} charges a second with {Callers[^1]:N0} callers** (wanted: at least 5,000, or Azurite's limit of appends)");
        report.Table(
            ["callers", "charges/s", "appends/s", "charges an append", "appends / limit"],
            [.. Callers.Select((c, i) => Row(c, [.. rounds.Select(r => r.Journal[i])], limit))]);
        await report.WriteAsync("journal", cancellation);
    }

    private static string[] Row(int callers, List<(double Events, double Appends)> rounds, double limit)
    {
        var (events, appends) = (Statistics.Median(rounds.Select(r => r.Events)), Statistics.Median(rounds.Select(r => r.Appends)));
        return [$"{callers}", Text(events, "0"), Text(appends, "0"), Text(events / appends, "0.0"), Text(appends / limit, "0.00")];
    }

    /// <returns>Appends a second.</returns>
    private static async Task<double> BareAsync(UsageStorage storage, int seconds, CancellationToken cancellation)
    {
        var blob = storage.Container.Blob($"bare/{Guid.NewGuid():n}");
        await blob.CreateAsync(cancellationToken: cancellation);
        var line = Encoding.ASCII.GetBytes(new string('x', LineBytes - 1) + "\n");
        var started = Stopwatch.GetTimestamp();
        long appends = 0;
        for (; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; appends++)
        {
            using var content = new MemoryStream(line);
            await blob.AppendBlockAsync(
                content, new AppendBlobAppendBlockOptions { Conditions = new() { IfAppendPositionEqual = appends * line.Length } },
                cancellation);
        }

        return appends / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double Events, double Appends)> JournalAsync(
        UsageStorage storage, int callers, int seconds, CancellationToken cancellation)
    {
        await using var journal = storage.Journal();
        await journal.PositionAsync(cancellation);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(
            async () =>
            {
                while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
                {
                    using var running = journal.Expect();
                    await journal.AppendAsync(storage.Event("acc_bench", TimeProvider.System.GetUtcNow()), null);
                }
            },
            cancellation)));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (journal.Events / elapsed, journal.Appends / elapsed);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
