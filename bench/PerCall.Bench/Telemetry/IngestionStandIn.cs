using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PerCall.Testing.Webhooks;

namespace PerCall.Bench.Telemetry;

/// <summary>Accepts what Application Insights would ingest, and counts it.</summary>
internal sealed class IngestionStandIn : IAsyncDisposable
{
    private readonly WebhookReceiver _receiver = new();
    private int _seen;

    public IngestionStandIn() => _receiver.AnswerWith(200);

    public string ConnectionString => $"InstrumentationKey={Guid.Empty};IngestionEndpoint={_receiver.Address}";

    /// <summary>Takes what arrived since the last time: records and bytes of JSON by kind, with metrics by name.</summary>
    public IReadOnlyDictionary<string, Volume> Take()
    {
        var found = new Dictionary<string, Volume>(StringComparer.Ordinal);
        var received = _receiver.Received;
        foreach (var request in received.Skip(_seen).Where(r => r.Path.Contains("track", StringComparison.Ordinal)))
        {
            foreach (var line in Read(request).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var kind = Kind(line);
                found[kind] = found.GetValueOrDefault(kind) + new Volume(1, Encoding.UTF8.GetByteCount(line));
            }
        }

        _seen = received.Count;
        return found;
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private static string Read(ReceivedWebhook request)
    {
        using var body = new MemoryStream(request.Body);
        using Stream plain = request.Headers.GetValueOrDefault("content-encoding") == "gzip"
            ? new GZipStream(body, CompressionMode.Decompress) : body;
        using var reader = new StreamReader(plain);
        return reader.ReadToEnd();
    }

    private static string Kind(string line)
    {
        using var record = JsonDocument.Parse(line);
        var data = record.RootElement.GetProperty("data");
        var kind = data.GetProperty("baseType").GetString()!;
        return kind == "MetricData" ? $"metric {data.GetProperty("baseData").GetProperty("metrics")[0].GetProperty("name").GetString()}"
            : kind.Replace("Data", "", StringComparison.Ordinal);
    }
}

internal readonly record struct Volume(long Records, long Bytes)
{
    public static Volume operator +(Volume a, Volume b) => new(a.Records + b.Records, a.Bytes + b.Bytes);
}
