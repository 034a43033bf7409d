using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;

namespace PerCall.Bench.Metering;

/// <summary><c>roll-up</c>: what old events do to the counting of new ones.</summary>
internal static class RollUpCommand
{
    private const int Hours = 50;
    private const int AtOnce = 5000;
    private const int Accounts = 10;

    public static Command Create()
    {
        var old = new Option<int>("--old") { DefaultValueFactory = _ => 1_000_000 };
        var batch = new Option<int>("--new") { DefaultValueFactory = _ => 10_000, Description = "Events that are counted in one turn." };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 7 };
        var command = new Command("roll-up", "Counting new events, with and without a million old ones.") { old, batch, rounds };
        command.SetAction(
            (parsed, cancellation) => RunAsync(parsed.GetValue(old), parsed.GetValue(batch), parsed.GetValue(rounds), cancellation));
        return command;
    }

    private static async Task RunAsync(int old, int batch, int count, CancellationToken cancellation)
    {
        var report = new Report("Roll-up");
        await using var fresh = await UsageStorage.CreateAsync(cancellation);
        await using var aged = await UsageStorage.CreateAsync(cancellation);
        await AgeAsync(aged, old, cancellation);

        var (without, with) = (new List<double>(), new List<double>());
        await TurnAsync(fresh, batch, cancellation);
        await TurnAsync(aged, batch, cancellation);
        while (with.Count < count)
        {
            without.Add(await TurnAsync(fresh, batch, cancellation));
            with.Add(await TurnAsync(aged, batch, cancellation));
            Console.WriteLine($"round {with.Count}: without {without[^1]:0.000} s, with {with[^1]:0.000} s");
        }

        var (a, b) = (Statistics.Median(without), Statistics.Median(with));
        report.Paragraph($"""
            {batch:N0} new events of {Accounts} accounts are counted in one roll-up, on a storage without any others and on one with {old:N0} of the {Hours} hours before, already counted; in turns, {count} of each.
            **with / without {b / a:0.00}** (wanted: no difference)
            """);
        report.Table(
            ["round", "without old events, s", "with, s"],
            [.. without.Select((w, i) => new[] { $"{i + 1}", Text(w), Text(with[i]) }), ["median", Text(a), Text(b)]]);
        report.Paragraph($"New events a second: {batch / b:N0}.");
        await report.WriteAsync("roll-up", cancellation);
    }

    /// <summary>Writes and counts the old events, hour by hour.</summary>
    private static async Task AgeAsync(UsageStorage storage, int old, CancellationToken cancellation)
    {
        var time = new MovedTime();
        await using var journal = storage.Journal(time);
        for (var hour = Hours; hour > 0; hour--)
        {
            time.By = TimeSpan.FromHours(-hour - 1);
            await WriteAsync(storage, journal, time, old / Hours, cancellation);
            await storage.RollUp(time).RunAsync(cancellation);
            Console.WriteLine($"{old / Hours * (Hours - hour + 1):N0} old events");
        }

        await journal.DrainAsync(cancellation);
        await storage.RollUp().RunAsync(cancellation);
    }

    /// <returns>Seconds that the counting took.</returns>
    private static async Task<double> TurnAsync(UsageStorage storage, int batch, CancellationToken cancellation)
    {
        await using var journal = storage.Journal();
        await WriteAsync(storage, journal, TimeProvider.System, batch, cancellation);
        await journal.DrainAsync(cancellation);
        var rollUp = storage.RollUp();
        var started = Stopwatch.GetTimestamp();
        await rollUp.RunAsync(cancellation);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task WriteAsync(
        UsageStorage storage, PerCall.Functions.Journal.UsageJournal journal, TimeProvider time, int events, CancellationToken cancellation)
    {
        for (var written = 0; written < events; written += AtOnce)
        {
            var from = written;
            await Task.WhenAll(
                Enumerable.Range(
                    0, Math.Min(AtOnce, events - from)).Select(i =>
                        journal.AppendAsync(
                            storage.Event($"acc_{(from + i) % Accounts}", time.GetUtcNow()), null))).WaitAsync(cancellation);
        }
    }

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
