using System.Diagnostics;
using System.Globalization;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Bench.Results;

namespace PerCall.Bench.LargeModels;

/// <summary>One stream at a time: the time until its first token, beside a direct call.</summary>
internal static class FirstTokens
{
    // One call follows another, so that no process sleeps: what is measured is the services' work.
    private const string Busy = "tokens=1; delay=0";

    // Every process sleeps between two tokens. What its threads take to wake up is in the times.
    private const string Paced = "tokens=5; delay=1";
    private const int WarmUp = 2000;
    private const int Block = 20;
    private const int LineBytes = 900;
    private static readonly double[] Shares = [0.1, 0.5, 0.9, 0.99];
    private static readonly string[] Head = ["ms until the first token", "p10", "median", "p90", "p99"];

    /// <param name="bed">The services.</param>
    /// <param name="calls">Calls of each kind in each run.</param>
    /// <param name="runs">Number of runs.</param>
    /// <param name="report">Where the result goes.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static async Task MeasureAsync(StreamBed bed, int calls, int runs, Report report, CancellationToken cancellation)
    {
        var busy = await MeasureAsync(bed, Busy, calls, runs, cancellation);
        var paced = await MeasureAsync(bed, Paced, calls, runs, cancellation);
        report.Paragraph($"""
            **First token: {busy.QuickAdded:0.00} ms above a direct call without durable charges** (target: at most 0.6),
            **{busy.DurableAdded:0.00} ms with them** (target: at most 0.6 + one append, {busy.Append + 0.6:0.00}). Medians of
            {runs} runs of {calls} calls of each kind, in turns of {Block}; one call at a time, streams of one token.
            """);
        report.Table(Head, Rows(busy.All));
        report.Paragraph($"""
            With streams of 5 tokens at intervals of 1 ms: **{paced.QuickAdded:0.00} ms and {paced.DurableAdded:0.00} ms**, beside an append
            of {paced.Append:0.00}. Every process sleeps between two tokens then, and the storage still writes the last call's charge on one
            of the cores.
            """);
        report.Table(Head, Rows(paced.All));
    }

    private static async Task<Result> MeasureAsync(StreamBed bed, string script, int calls, int runs, CancellationToken cancellation)
    {
        var body = StreamBed.Body(script);
        using var direct = new StreamConnection(bed.Direct, body, null);
        using var quick = new StreamConnection(StreamBed.UrlOf(bed.Quick), body, bed.Key);
        using var durable = new StreamConnection(StreamBed.UrlOf(bed.Durable), body, bed.Key);
        var blob = await AppendBlobAsync(bed.Storage, cancellation);
        for (var i = 0; i < WarmUp; i++)
        {
            direct.Call();
            quick.Call();
            durable.Call();
        }

        var all = new Times();
        var (quickAdded, durableAdded, appends) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < runs; run++)
        {
            var times = new Times();
            while (times.Direct.Count < calls)
            {
                // In short turns, so that whatever else the machine does affects all of them.
                Measure(direct, times.Direct);
                Measure(quick, times.Quick);
                Measure(durable, times.Durable);
                await AppendAsync(blob, times.Append, cancellation);
            }

            quickAdded.Add(Statistics.Median(times.Quick) - Statistics.Median(times.Direct));
            durableAdded.Add(Statistics.Median(times.Durable) - Statistics.Median(times.Direct));
            appends.Add(Statistics.Median(times.Append));
            all.Add(times);
            Console.WriteLine(
                $"first token, {script}, run {run + 1}: {quickAdded[^1]:0.00} and {durableAdded[^1]:0.00} ms, append {appends[^1]:0.00}");
        }

        return new(Statistics.Median(quickAdded), Statistics.Median(durableAdded), Statistics.Median(appends), all);
    }

    private static void Measure(StreamConnection connection, List<double> times)
    {
        for (var i = 0; i < Block; i++)
        {
            times.Add(connection.Call().First);
        }
    }

    private static async Task<AppendBlobClient> AppendBlobAsync(string storage, CancellationToken cancellation)
    {
        var container = new BlobContainerClient(storage, $"bench-{Guid.NewGuid():n}");
        await container.CreateAsync(cancellationToken: cancellation);
        var blob = container.GetAppendBlobClient("appends");
        await blob.CreateAsync(cancellationToken: cancellation);
        return blob;
    }

    private static async Task AppendAsync(AppendBlobClient blob, List<double> times, CancellationToken cancellation)
    {
        var line = Encoding.ASCII.GetBytes(new string('x', LineBytes));
        var options = new AppendBlobAppendBlockOptions();
        for (var i = 0; i < Block; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var content = new MemoryStream(line);
            await blob.AppendBlockAsync(content, options, cancellation);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static string[][] Rows(Times all) =>
    [
        Row("direct", all.Direct),
        Row("service, `Durability` Async", all.Quick),
        Row("service, `Durability` BeforeAnswer", all.Durable),
        Row($"one append of {LineBytes} bytes", all.Append),
    ];

    private static string[] Row(string name, List<double> times) =>
        [name, .. Shares.Select(s => Statistics.Percentile(times, s).ToString("0.00", CultureInfo.InvariantCulture))];

    /// <summary>Milliseconds that the services add, medians of the runs, and all times.</summary>
    private sealed record Result(double QuickAdded, double DurableAdded, double Append, Times All);

    private sealed class Times
    {
        public List<double> Direct { get; } = [];

        public List<double> Quick { get; } = [];

        public List<double> Durable { get; } = [];

        public List<double> Append { get; } = [];

        public void Add(Times other)
        {
            Direct.AddRange(other.Direct);
            Quick.AddRange(other.Quick);
            Durable.AddRange(other.Durable);
            Append.AddRange(other.Append);
        }
    }
}
