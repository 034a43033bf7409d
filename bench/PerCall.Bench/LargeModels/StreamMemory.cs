using System.Globalization;
using System.Net;
using System.Text;
using PerCall.Bench.Memory;
using PerCall.Bench.Results;
using PerCall.Testing;

namespace PerCall.Bench.LargeModels;

/// <summary>Memory of the service with many open streams and with a slow reader, and how soon a disconnect reaches the provider.</summary>
internal static class StreamMemory
{
    private const int OpenStreams = 1000;
    private const int IdleCalls = 400;
    private const int LongTokens = 2_000_000;
    private const int Disconnects = 50;

    public static async Task MeasureAsync(StreamBed bed, double started, Report report, CancellationToken cancellation)
    {
        await using var idle = await bed.StartIdleAsync();
        await RefuseAsync(idle, bed.Key, cancellation);
        MeasureOpen(bed, started, ProcessMemory.Resident(idle.Id), report);
        await MeasureSlowReaderAsync(bed, report, cancellation);
        await MeasureDisconnectsAsync(bed, report, cancellation);
    }

    /// <summary>Sends calls that the service refuses once it has checked the key, so that the memory of such work counts as idle.</summary>
    private static async Task RefuseAsync(ServiceProcess idle, string key, CancellationToken cancellation)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        for (var i = 0; i < IdleCalls; i++)
        {
            using var content = new StringContent(StreamBed.Body("tokens=1"), Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(StreamBed.UrlOf(idle), content, cancellation);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                throw new InvalidOperationException($"A service without a large model answered {answer.StatusCode}.");
            }
        }
    }

    private static void MeasureOpen(StreamBed bed, double started, double without, Report report)
    {
        var (after, peak) = (ProcessMemory.Resident(bed.Durable.Id), ProcessMemory.Peak(bed.Durable.Id));
        var body = StreamBed.Body("tokens=2000; delay=500");
        var streams = new List<StreamConnection>();
        for (var i = 0; i < OpenStreams; i++)
        {
            var stream = new StreamConnection(StreamBed.UrlOf(bed.Durable), body, bed.Key);
            stream.Send();
            streams.Add(stream);
        }

        streams.ForEach(s => s.ReadTokens(2));
        var open = ProcessMemory.Resident(bed.Durable.Id);
        streams.ForEach(s => s.Dispose());
        report.Paragraph($"""
            **Resident memory: at most {peak - without:0} MB above an idle service without a large model** (target: at most 120), and
            {peak - started:0} MB above the same service before its first call, over the measurements above. It had {started:0} MB before
            its first call, {peak:0} MB at most, and {after:0} MB afterwards. A service without a large model has {without:0} MB after
            {IdleCalls} refused calls. {OpenStreams} streams open at once: {open:0} MB.
            """);
    }

    private static async Task MeasureSlowReaderAsync(StreamBed bed, Report report, CancellationToken cancellation)
    {
        var before = ProcessMemory.Resident(bed.Durable.Id);
        using var stream = new StreamConnection(
            StreamBed.UrlOf(bed.Durable), StreamBed.Body($"id=slow; tokens={LongTokens}"), bed.Key);
        stream.Send();
        stream.ReadTokens(1);
        var emitted = await StandsStillAsync(bed, "slow", cancellation);
        var after = ProcessMemory.Resident(bed.Durable.Id);
        report.Paragraph($"""
            **Slow reader:** a stream of {LongTokens:N0} tokens, whose reader stops after the first ones. The provider is held up after
            {emitted:N0} tokens. Resident memory has changed by {after - before:+0.0;-0.0} MB then.
            """);
    }

    /// <summary>Returns how many tokens were emitted when no more are.</summary>
    private static async Task<long> StandsStillAsync(StreamBed bed, string id, CancellationToken cancellation)
    {
        const int Looks = 10;
        var (last, same) = (0L, 0);
        while (same < Looks)
        {
            await Task.Delay(200, cancellation);
            var now = (long)(await bed.Provider.EmittedAsync(id, cancellation))!["out"]!;
            same = now == last ? same + 1 : 0;
            last = now;
        }

        return last;
    }

    private static async Task MeasureDisconnectsAsync(StreamBed bed, Report report, CancellationToken cancellation)
    {
        var times = new List<double>();
        for (var i = 0; i < Disconnects; i++)
        {
            var id = $"gone-{i}";
            DateTimeOffset left;
            using (var stream = new StreamConnection(
                StreamBed.UrlOf(bed.Durable), StreamBed.Body($"id={id}; tokens=2000; delay=20"), bed.Key))
            {
                stream.Send();
                stream.ReadTokens(3);
                left = TimeProvider.System.GetUtcNow();
            }

            var closed = await Eventually.ComesToAsync(
                async () => (await bed.Provider.EmittedAsync(id, cancellation))?["closed_at"]?.ToString() ?? "",
                closed => closed.Length > 0, "the provider's connection is closed");
            times.Add((DateTimeOffset.Parse(closed, CultureInfo.InvariantCulture) - left).TotalMilliseconds);
        }

        report.Paragraph($"""
            **Disconnect:** the provider sees it {Statistics.Median(times):0.0} ms after the caller has closed its connection, at most
            {times.Max():0.0} ms (target: within 1,000). {Disconnects} streams with a token every 20 ms.
            """);
    }
}
