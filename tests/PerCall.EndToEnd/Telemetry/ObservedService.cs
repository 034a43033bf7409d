using System.Text;
using PerCall.EndToEnd.Telemetry.Otlp;
using PerCall.Testing.Webhooks;

namespace PerCall.EndToEnd.Telemetry;

/// <summary>The service in development, telling a collector of all that it does.</summary>
public sealed class ObservedService : Service
{
    private readonly WebhookReceiver _collector = new();

    public ObservedService() => _collector.AnswerWith(200);

    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        ("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", _collector.Address.ToString()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
        ("Logging__LogLevel__Default", "Trace"),
        ("AzureFunctionsJobHost__logging__logLevel__default", "Trace"),
        ("AzureFunctionsJobHost__logging__logLevel__PerCall", "Trace"),
    ];

    internal IReadOnlyList<Span> Spans =>
        [.. _collector.Received.Where(r => r.Path == "/v1/traces").SelectMany(
            r => TraceRequest.Parser.ParseFrom(r.Body).ResourceSpans).SelectMany(r => r.ScopeSpans).SelectMany(s => s.Spans)];

    /// <summary>All that the collector got of a signal; text stands in it as it is.</summary>
    public string Told(string signal) =>
        string.Join('\n', _collector.Received.Where(r => r.Path == $"/v1/{signal}").Select(r => Encoding.UTF8.GetString(r.Body)));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _collector.DisposeAsync();
    }
}
