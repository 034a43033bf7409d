using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.LargeModels;

/// <summary>Many streams at once: tokens per second beside direct calls, and streams per second.</summary>
internal static class StreamRates
{
    private const int PacedStreams = 200;
    private const int PacedTokens = 300;
    private const int PaceMilliseconds = 20;
    private const int ShortTokens = 20;
    private const int Connections = 256;
    private const int WarmUpSeconds = 4;

    public static async Task MeasureAsync(StreamBed bed, int rounds, int seconds, Report report, CancellationToken cancellation)
    {
        await MeasurePacedAsync(bed, rounds, report, cancellation);
        await MeasureShortAsync(bed, rounds, seconds, report, cancellation);
    }

    private static async Task MeasurePacedAsync(StreamBed bed, int rounds, Report report, CancellationToken cancellation)
    {
        var body = StreamBed.Body($"tokens={PacedTokens}; delay={PaceMilliseconds}");
        var results = new List<double[]>();
        for (var round = 0; round < rounds; round++)
        {
            results.Add(
            [
                await PacedAsync(bed.Direct, body, null, cancellation),
                await PacedAsync(StreamBed.UrlOf(bed.Quick), body, bed.Key, cancellation),
                await PacedAsync(StreamBed.UrlOf(bed.Durable), body, bed.Key, cancellation),
            ]);
            Console.WriteLine($"paced, round {round + 1}: {string.Join(", ", results[^1].Select(r => $"{r:0}"))} tokens/s");
        }

        var medians = Enumerable.Range(0, 3).Select(i => Statistics.Median(results.Select(r => r[i]))).ToList();
        report.Paragraph($"""
            **Streamed tokens: {medians[1] / medians[0]:0.000} of direct without durable charges, {medians[2] / medians[0]:0.000} with
            them** (target: at least 0.95). {PacedStreams} streams at once, each of {PacedTokens} tokens at intervals of {PaceMilliseconds}
            ms; {rounds} interleaved rounds.
            """);
        report.Table(["round", "direct, tokens/s", "Async", "BeforeAnswer"], Rows(results, medians));
    }

    private static async Task MeasureShortAsync(StreamBed bed, int rounds, int seconds, Report report, CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        var bodies = folder.File("bodies.jsonl");
        await File.WriteAllTextAsync(bodies, StreamBed.Body($"tokens={ShortTokens}") + "\n", cancellation);
        WrkLoad[] loads =
        [
            new(bed.Direct, "bodies.lua", bodies),
            new(StreamBed.UrlOf(bed.Quick), "bodies.lua", bodies, bed.Key),
            new(StreamBed.UrlOf(bed.Durable), "bodies.lua", bodies, bed.Key),
        ];
        foreach (var load in loads)
        {
            await Wrk.RunAsync(load, Connections, WarmUpSeconds, cancellation);
        }

        var results = new List<double[]>();
        for (var round = 0; round < rounds; round++)
        {
            var rates = new double[loads.Length];
            for (var i = 0; i < loads.Length; i++)
            {
                rates[i] = (await Wrk.RunAsync(loads[i], Connections, seconds, cancellation)).Rate;
            }

            results.Add(rates);
            Console.WriteLine($"short, round {round + 1}: {string.Join(", ", rates.Select(r => $"{r:0}"))} streams/s");
        }

        var medians = Enumerable.Range(0, 3).Select(i => Statistics.Median(results.Select(r => r[i]))).ToList();
        report.Paragraph($"""
            **Streams of {ShortTokens} tokens: {medians[2]:0} a second with durable charges, {medians[1]:0} without** (target: at least
            2,000). {Connections} connections, load by wrk, {rounds} interleaved rounds of {seconds} s. The provider, Azurite, the load and
            the service share {Environment.ProcessorCount} cores.
            """);
        report.Table(["round", "direct, streams/s", "Async", "BeforeAnswer"], Rows(results, medians));
    }

    /// <returns>Tokens per second over all streams.</returns>
    private static async Task<double> PacedAsync(Uri url, string body, string? key, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, PacedStreams).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            response.EnsureSuccessStatusCode();
            await response.Content.CopyToAsync(Stream.Null, cancellation);
        }));
        return PacedStreams * PacedTokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static IEnumerable<string[]> Rows(List<double[]> results, List<double> medians) =>
    [
        .. results.Select((r, i) => new[] { $"{i + 1}" }.Concat(r.Select(Text)).ToArray()),
        ["median", .. medians.Select(Text)],
    ];

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
