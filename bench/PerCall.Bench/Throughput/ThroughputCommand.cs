using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;

namespace PerCall.Bench.Throughput;

/// <summary>
/// <c>throughput</c>: how much of the bare pipeline's rate is left when it is a service, and how many times a Node.js service's that is.
/// </summary>
internal static class ThroughputCommand
{
    private const int WarmUpSeconds = 5;

    // As such a service is first written; of that, too, the setting that measured quickest.
    private static readonly Dictionary<string, string> OneProcess = new() { ["PEER_PROCESSES"] = "1", ["UV_THREADPOOL_SIZE"] = "4" };

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 8, Description = "Of each measurement." };
        var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 8 };
        var command = new Command(
            "throughput", "Calls per second: bare pipeline, service, Node.js service.") { rounds, seconds, connections };
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(parsed.GetValue(rounds), parsed.GetValue(seconds), parsed.GetValue(connections), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, int seconds, int connections, CancellationToken cancellation)
    {
        var report = new Report("Throughput");
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Packages, cancellation);
        await using var service = await bed.StartAsync();
        await using var peer = await PeerService.StartAsync([], cancellation);
        await using var single = await PeerService.StartAsync(OneProcess, cancellation);
        await Wrk.RunAsync(Load(service.Address), connections, WarmUpSeconds, cancellation);
        await Wrk.RunAsync(Load(peer.Address), connections, WarmUpSeconds, cancellation);
        await Wrk.RunAsync(Load(single.Address), connections, WarmUpSeconds, cancellation);

        var rounds = new List<Round>();
        while (rounds.Count < count)
        {
            rounds.Add(new(
                await BareAsync(loops: Environment.ProcessorCount, threads: 1, seconds, cancellation),
                await BareAsync(loops: 1, threads: Environment.ProcessorCount, seconds, cancellation),
                await Wrk.RunAsync(Load(service.Address), connections, seconds, cancellation),
                await Wrk.RunAsync(Load(peer.Address), connections, seconds, cancellation),
                await Wrk.RunAsync(Load(single.Address), connections, seconds, cancellation)));
            Console.WriteLine($"round {rounds.Count}: {rounds[^1]}");
        }

        Write(report, rounds, seconds, connections);
        await report.WriteAsync("throughput", cancellation);
    }

    private static void Write(Report report, List<Round> rounds, int seconds, int connections)
    {
        var (loops, wide) = (Statistics.Median(rounds.Select(r => r.BareLoops)), Statistics.Median(rounds.Select(r => r.BareWide)));
        var (service, peer) = (Statistics.Median(rounds.Select(r => r.Service.Rate)), Statistics.Median(rounds.Select(r => r.Peer.Rate)));
        var (bare, single) = (Math.Max(loops, wide), Statistics.Median(rounds.Select(r => r.Single.Rate)));
        report.Paragraph($"""
            `POST /v1/images/classify` with a 500 × 600 JPEG and MobileNetV2, {connections} connections, {Environment.ProcessorCount} cores, load by wrk on
            the same cores. {rounds.Count} interleaved rounds of {seconds} s each; calls per second. The bare pipeline is the same decode and run in plain
            loops without HTTP: one loop a core with runs of one thread, or one loop with runs over all cores; the better is the limit. The peer is the
            Node.js service of `bench/peer` in the setting that measured quickest, a process a core, and as a single process.
            """);
        report.Paragraph($"""
            **service / bare {service / bare:0.000}** (wanted: at least 0.90), **service / peer {service / peer:0.00}** (wanted: at least 1.8),
            service / peer as a single process {service / single:0.00}, bare / peer {bare / peer:0.00}
            """);
        report.Table(
            ["round", "bare, a loop a core", "bare, runs over all cores", "service", "peer", "peer, one process"],
            [
                .. rounds.Select(
                    (r, i) =>
                        new[] { Text(i + 1, "0"), Text(r.BareLoops), Text(r.BareWide), Text(r.Service.Rate), Text(r.Peer.Rate), Text(r.Single.Rate) }),
                ["median", Text(loops), Text(wide), Text(service), Text(peer), Text(single)],
            ]);
        report.Table(
            ["medians under this load", "half of the calls within, ms", "99 % within, ms", "cores that wrk took"],
            [Under("service", rounds.Select(r => r.Service)), Under(
                "peer", rounds.Select(r => r.Peer)), Under("peer, one process", rounds.Select(r => r.Single))]);
    }

    private static WrkLoad Load(Uri address) =>
        new(new Uri(address, $"v1/images/classify?model={BenchFiles.Network}"), "peer/classify.lua", BenchFiles.Photo);

    private static string[] Under(string name, IEnumerable<WrkResult> results) =>
    [
        name,
        Text(Statistics.Median(results.Select(r => r.Median))),
        Text(Statistics.Median(results.Select(r => r.Percentile99))),
        Text(Statistics.Median(results.Select(r => r.Cores)), "0.000"),
    ];

    private static string Text(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);

    private static async Task<double> BareAsync(int loops, int threads, int seconds, CancellationToken cancellation)
    {
        string[] arguments = [typeof(ThroughputCommand).Assembly.Location, BareLoopCommand.Name, "--loops", $"{loops}", "--threads",
            $"{threads}", "--seconds", $"{seconds}"];
        return double.Parse(await Tool.RunAsync("dotnet", arguments, BenchFiles.Peer, cancellation), CultureInfo.InvariantCulture);
    }

    private sealed record Round(double BareLoops, double BareWide, WrkResult Service, WrkResult Peer, WrkResult Single);
}
