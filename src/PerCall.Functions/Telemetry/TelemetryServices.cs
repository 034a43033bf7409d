using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PerCall.Functions.Credentials;
using PerCall.LargeModels.Providers;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// Registers traces, metrics and logs, and their exporters: OTLP, Application Insights, or both. Without a configured exporter, nothing is
/// collected.
/// </summary>
public static class TelemetryServices
{
    public const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>The address that a Functions host passes to its worker.</summary>
    public const string FunctionsHost = "Functions:Worker:HostEndpoint";

    private const string ServiceName = "percall";
    private const string RuntimeMeter = "System.Runtime";

    // For all signals, or for one of them (OpenTelemetry, Environment Variable Specification).
    private static readonly string[] Otlp =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var toCollector = Otlp.Any(name => !string.IsNullOrEmpty(configuration[name]));
        var toAzure = configuration[ApplicationInsights] is { Length: > 0 };
        var spans = new RequestSpans(OfHost: configuration[FunctionsHost] is not null);
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section);
        builder.Services.AddSingleton(spans);
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new();
        string[] meters = !toAzure || options.RuntimeMetrics
            ? [Measures.MeterName, LargeModelMeasures.MeterName, RuntimeMeter] : [Measures.MeterName, LargeModelMeasures.MeterName];
        var sdk = builder.Services.AddOpenTelemetry()
            .ConfigureResource(
                r =>
                    r.AddService(
                        configuration["OTEL_SERVICE_NAME"] ?? ServiceName,
                        serviceVersion: typeof(TelemetryServices).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(m => m.AddMeter(meters));
        if (!toCollector && !toAzure)
        {
            return;
        }

        if (spans.OfHost)
        {
            AddHost(sdk);
        }

        sdk.WithTracing(t => t.AddSource(Traces.SourceName));
        builder.Logging.AddOpenTelemetry(l => l.IncludeFormattedMessage = true);
        if (toCollector)
        {
            sdk.UseOtlpExporter();
        }

        if (toAzure)
        {
            AddApplicationInsights(builder, sdk, options, spans);
        }

        // The last registration takes effect.
        sdk.WithTracing(t => t.SetSampler(CallerSampler.Of(configuration, toAzure, toCollector, spans.OfHost)));
    }

    /// <summary>
    /// Tells the host that this process sends its own logs, and names the app as the host does. In a method of its own, so that only the
    /// worker of a host loads the package.
    /// </summary>
    private static void AddHost(OpenTelemetryBuilder sdk) => sdk.UseFunctionsWorkerDefaults();

    /// <summary>Adds Application Insights with the identity that is used for storage, because the resource does not accept keys.</summary>
    private static void AddApplicationInsights(
        IHostApplicationBuilder builder, OpenTelemetryBuilder sdk, TelemetryOptions settings, RequestSpans spans)
    {
        var connection = builder.Configuration[ApplicationInsights]!;
        void Configure(AzureMonitorExporterOptions options)
        {
            options.ConnectionString = connection;
            // Only a stand-in has an address without TLS, and tokens are not sent there.
            options.Credential = connection.Contains("IngestionEndpoint=http://", StringComparison.OrdinalIgnoreCase)
                ? null : ServiceCredential.From(builder.Configuration);
            // Five gauges of the process per minute.
            options.EnablePerformanceCounters = settings.RuntimeMetrics;
            // Durations of requests and dependencies per minute. The host sends those of requests.
            options.EnableStandardMetrics = !spans.OfHost;
            // An error in a call that was not sampled must be seen too.
            options.EnableTraceBasedLogsSampler = false;
        }

        sdk.WithTracing(t => t.AddAzureMonitorTraceExporter(Configure));
        sdk.WithMetrics(m => m.AddAzureMonitorMetricExporter(Configure));
        builder.Logging.AddOpenTelemetry(l => l.AddAzureMonitorLogExporter(Configure));
    }
}
