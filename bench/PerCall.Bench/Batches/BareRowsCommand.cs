using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Batches;

/// <summary><c>bare-rows</c>: decode and run in a plain loop on one thread, in a process of its own. Prints rows a second.</summary>
internal static class BareRowsCommand
{
    private const string Name = "bare-rows";
    private const string EngineOption = "--engine";
    private const double WarmUpSeconds = 3;

    public static Command Create()
    {
        var kind = new Option<string>("--kind") { Required = true };
        var seconds = new Option<double>("--seconds") { Required = true };
        var engine = new Option<string?>(EngineOption)
        {
            Description = "A file of such rows. A batch's own code reads, scores and writes them, without storage.",
        };
        var command = new Command(Name, "Rows in a plain loop; part of batch-rows.") { kind, seconds, engine };
        command.SetAction(async (parsed, cancellation) =>
        {
            var work = RowWork.All.Single(w => w.Name == parsed.GetValue(kind));
            var rate = parsed.GetValue(engine) is { } path
                ? await EngineAsync(await work.EngineAsync(path, cancellation), parsed.GetValue(seconds))
                : await BareAsync(work, parsed.GetValue(seconds), cancellation);
            Console.WriteLine(rate.ToString("0.000", CultureInfo.InvariantCulture));
        });
        return command;
    }

    /// <summary>Runs it in a process of its own.</summary>
    public static async Task<double> RunAsync(RowWork work, double seconds, string? engine, CancellationToken cancellation)
    {
        string[] arguments = [typeof(BareRowsCommand).Assembly.Location, Name, "--kind", work.Name, "--seconds",
            seconds.ToString(CultureInfo.InvariantCulture), .. engine is null ? Array.Empty<string>() : [EngineOption, engine]];
        return double.Parse(await Tool.RunAsync("dotnet", arguments, Repository.Root, cancellation), CultureInfo.InvariantCulture);
    }

    private static async Task<double> BareAsync(RowWork work, double seconds, CancellationToken cancellation)
    {
        var (step, rows) = await work.BareAsync(cancellation);
        PlainLoops.Run(step, 1, WarmUpSeconds);
        return rows * PlainLoops.Run(step, 1, seconds);
    }

    private static async Task<double> EngineAsync(Func<Task<int>> step, double seconds)
    {
        await RateAsync(step, WarmUpSeconds);
        return await RateAsync(step, seconds);
    }

    private static async Task<double> RateAsync(Func<Task<int>> step, double seconds)
    {
        var rows = 0L;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            rows += await step();
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
