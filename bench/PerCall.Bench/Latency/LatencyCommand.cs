using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using PerCall.Bench.Results;
using PerCall.Bench.Running;

namespace PerCall.Bench.Latency;

/// <summary><c>latency</c>: what serving adds to one call at a time.</summary>
internal static class LatencyCommand
{
    private const int WarmUpCalls = 500;
    private const int Block = 25;
    private static readonly double[] Shares = [0.1, 0.5, 0.9, 0.99, 0.999];

    public static Command Create()
    {
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 2000, Description = "Of each." };
        var command = new Command("latency", "One call at a time: the service beside the bare pipeline.") { calls };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(calls), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, CancellationToken cancellation)
    {
        var report = new Report("Latency");
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Packages, cancellation);
        await using var service = await bed.StartAsync();
        using var bare = await BarePipeline.LoadAsync(threads: 1, cancellation);
        using var connection = new ClassifyConnection(
            service.Address, BenchFiles.Network, MediaTypeNames.Image.Jpeg, await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation));
        void Bare() => bare.Call();
        void Served() => connection.Call();

        Measure(Bare, WarmUpCalls).Clear();
        Measure(Served, WarmUpCalls).Clear();
        var (bareTimes, servedTimes) = (new List<double>(), new List<double>());
        while (bareTimes.Count < count)
        {
            // In short turns, so that whatever else the machine does falls on both.
            bareTimes.AddRange(Measure(Bare, Block));
            servedTimes.AddRange(Measure(Served, Block));
        }

        var medians = (Bare: Statistics.Median(bareTimes), Served: Statistics.Median(servedTimes));
        var tails = (Bare: Statistics.Percentile(bareTimes, 0.99), Served: Statistics.Percentile(servedTimes, 0.99));
        report.Paragraph($"""
            A 500 × 600 JPEG and MobileNetV2, one call at a time, {bareTimes.Count:N0} calls of each in turns of {Block}; milliseconds. Runs use one thread in both. The
            client is a blocking socket with the request made beforehand, so the time is that of the service and the kernel.
            """);
        report.Paragraph(
            $"**median + {medians.Served - medians.Bare:0.00} ms** (wanted: at most 1), **p99 + {tails.Served - tails.Bare:0.00} ms** (wanted: at most 3)");
        report.Table(["", "p10", "median", "p90", "p99", "p99.9"], [Row("bare pipeline", bareTimes), Row("service", servedTimes)]);
        await report.WriteAsync("latency", cancellation);
    }

    private static string[] Row(string name, List<double> times) =>
        [name, .. Shares.Select(p => Statistics.Percentile(times, p).ToString("0.00", CultureInfo.InvariantCulture))];

    private static List<double> Measure(Action call, int count)
    {
        var times = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            call();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return times;
    }
}
