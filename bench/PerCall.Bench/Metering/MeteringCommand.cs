using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Metering;

/// <summary><c>metering</c>: what keys, limits, budgets and exact charges take away from a service that has none of them.</summary>
internal static class MeteringCommand
{
    private const int WarmUpSeconds = 4;
    private const int LatencyBlock = 20;
    private const double TicksPerSecond = 100;
    private static readonly double[] Shares = [0.1, 0.5, 0.9, 0.99];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 8, Description = "Of each measurement." };
        var calls = new Option<int>("--calls") { DefaultValueFactory = _ => 600, Description = "One at a time, of each." };
        var command = new Command("metering", "Everything on against everything off: throughput and latency.") { rounds, seconds, calls };
        command.SetAction(
            (parsed, cancellation) => RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), parsed.GetValue(calls), cancellation));
        return command;
    }

    private static async Task RunAsync(int rounds, int seconds, int calls, CancellationToken cancellation)
    {
        var report = new Report("Metering");
        report.Paragraph($"""
            The service with a tenant's key, a rate limit, a monthly budget (leased), a concurrency limit and the charge on disk before each answer, against the same service with none of them
            (`PerCall:Tenancy:Open`), both on one Azurite, in turns. Azurite, the load and both services share {Environment.ProcessorCount} cores, so what an append costs Azurite is taken from the calls as well, which it is not
            where storage is elsewhere.
            """);
        var digit = Path.Combine(Repository.Models, "digits", "1", "samples", "digit-7.png");
        await MeasureAsync(
            report, new("digits", Path.Combine(Repository.Models, "digits", "1"), digit, "0.90", 256), rounds, seconds, calls,
            cancellation);
        await MeasureAsync(
            report, new(BenchFiles.Network, BenchFiles.NetworkPackage, BenchFiles.Photo, "0.97", 32), rounds, seconds, calls, cancellation);
        await report.WriteAsync("metering", cancellation);
    }

    private static async Task MeasureAsync(
        Report report, Subject subject, int count, int seconds, int calls, CancellationToken cancellation)
    {
        using var packages = new TemporaryFolder();
        WideQueue.Copy(subject.Package, packages);
        await using var bed = await ServiceBed.CreateAsync(packages.Path, cancellation);
        await using var open = await bed.StartAsync();
        await using var metered = await bed.StartMeteredAsync();
        var key = await ServiceBed.KeyAsync(metered, null, cancellation);
        var (off, on) = (Load(open.Address, subject, null), Load(metered.Address, subject, key));
        async Task<(WrkResult Load, double Cost)> RunAsync(ServiceProcess service, WrkLoad load, int time)
        {
            var before = ProcessSeconds(service.Id);
            var result = await Wrk.RunAsync(load, subject.Connections, time, cancellation);
            return (result, (ProcessSeconds(service.Id) - before) * 1_000_000 / (result.Rate * time));
        }

        await RunAsync(open, off, WarmUpSeconds);
        await RunAsync(metered, on, WarmUpSeconds);
        var rounds = new List<((WrkResult Load, double Cost) Off, (WrkResult Load, double Cost) On)>();
        while (rounds.Count < count)
        {
            rounds.Add((await RunAsync(open, off, seconds), await RunAsync(metered, on, seconds)));
            Console.WriteLine($"{subject.Model} round {rounds.Count}: off {rounds[^1].Off}, on {rounds[^1].On}");
        }

        var (offRate, onRate) = (
            Statistics.Median(rounds.Select(r => r.Off.Load.Rate)), Statistics.Median(rounds.Select(r => r.On.Load.Rate)));
        var (offCost, onCost) = (Statistics.Median(rounds.Select(r => r.Off.Cost)), Statistics.Median(rounds.Select(r => r.On.Cost)));
        report.Paragraph($"""
            **{subject.Model}: on / off {onRate / offRate:0.000}** (wanted: at least {subject.Wanted}); {subject.Connections} connections, {rounds.Count} interleaved rounds of {seconds} s.
            The service's own processor time a call is {offCost:0} µs off and {onCost:0} µs on: **{offCost / onCost:0.000}** would be left of the rate by that alone, with storage on another machine.
            """);
        report.Table(
            ["round", "off, calls/s", "on, calls/s", "off, median ms", "on, median ms", "off, µs of processor a call", "on, µs"],
            [
                .. rounds.Select(
                    (r, i) => Row($"{i + 1}", r.Off.Load.Rate, r.On.Load.Rate, r.Off.Load.Median, r.On.Load.Median, r.Off.Cost, r.On.Cost)),
                Row(
                    "median", offRate, onRate, Statistics.Median(rounds.Select(r => r.Off.Load.Median)),
                    Statistics.Median(rounds.Select(r => r.On.Load.Median)), offCost, onCost),
            ]);

        await MeasureLatencyAsync(report, subject, bed, (open.Address, metered.Address, key), calls, cancellation);
    }

    private static async Task MeasureLatencyAsync(
        Report report, Subject subject, ServiceBed bed, (Uri Open, Uri Metered, string Key) services, int calls,
        CancellationToken cancellation)
    {
        var image = await File.ReadAllBytesAsync(subject.Image, cancellation);
        using var off = new ClassifyConnection(services.Open, subject.Model, MediaTypeNames.Image.Png, image);
        using var on = new ClassifyConnection(services.Metered, subject.Model, MediaTypeNames.Image.Png, image, services.Key);
        var container = new BlobContainerClient(bed.ConnectionString, $"bench-{Guid.NewGuid():n}");
        await container.CreateAsync(cancellationToken: cancellation);
        var blob = container.GetAppendBlobClient("appends");
        await blob.CreateAsync(cancellationToken: cancellation);
        var line = Encoding.ASCII.GetBytes(new string('x', 500) + "\n");
        var (offTimes, onTimes, appends) = (new List<double>(), new List<double>(), new List<double>());
        while (appends.Count < calls)
        {
            offTimes.AddRange(Measure(() => off.Call()));
            onTimes.AddRange(Measure(() => on.Call()));
            for (var i = 0; i < LatencyBlock; i++)
            {
                var started = Stopwatch.GetTimestamp();
                using var content = new MemoryStream(line);
                await blob.AppendBlockAsync(
                    content,
                    new AppendBlobAppendBlockOptions { Conditions = new() { IfAppendPositionEqual = appends.Count * line.Length } },
                    cancellation);
                appends.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        var (added, append) = (Statistics.Median(onTimes) - Statistics.Median(offTimes), Statistics.Median(appends));
        report.Paragraph($"""
            **{subject.Model}: one call at a time, metering adds {added:0.00} ms to the median; one append to Azurite takes {append:0.00} ms** (wanted: at most the append + 1 ms); {calls} of each in turns of {LatencyBlock}
            """);
        report.Table(
            ["ms", "p10", "median", "p90", "p99"],
            [Row("off", offTimes), Row("on", onTimes), Row("one append of 501 bytes, by this client", appends)]);
    }

    private static List<double> Measure(Action call)
    {
        var times = new List<double>(LatencyBlock);
        for (var i = 0; i < LatencyBlock; i++)
        {
            var started = Stopwatch.GetTimestamp();
            call();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return times;
    }

    private static WrkLoad Load(Uri address, Subject subject, string? key) =>
        new(new Uri(address, $"v1/images/classify?model={subject.Model}"), "peer/classify.lua", subject.Image, key);

    /// <summary>Processor time that a process has taken, from the fields utime and stime.</summary>
    private static double ProcessSeconds(int process)
    {
        var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Split(") ")[1].Split(' ');
        return (
            long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static string[] Row(string name, params double[] figures) => [name, .. figures.Select(f => Text(f))];

    private static string[] Row(string name, List<double> times) =>
        [name, .. Shares.Select(s => Text(Statistics.Percentile(times, s), "0.00"))];

    private static string Text(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <param name="Model">Its name.</param>
    /// <param name="Package">Its folder.</param>
    /// <param name="Image">What is sent.</param>
    /// <param name="Wanted">The share of the rate that is to be kept.</param>
    /// <param name="Connections">Enough to keep the processors busy while charges are on their way to disk.</param>
    private sealed record Subject(string Model, string Package, string Image, string Wanted, int Connections);
}
