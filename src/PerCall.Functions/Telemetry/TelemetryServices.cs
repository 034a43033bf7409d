using Azure.Monitor.OpenTelemetry.Exporter;
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

    private const string ServiceName = "percall";

    // For all signals, or for one of them (OpenTelemetry, Environment Variable Specification).
    private static readonly string[] Otlp =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var sdk = builder.Services.AddOpenTelemetry()
            .ConfigureResource(
                r =>
                    r.AddService(
                        configuration["OTEL_SERVICE_NAME"] ?? ServiceName,
                        serviceVersion: typeof(TelemetryServices).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(m => m.AddMeter(Measures.MeterName, LargeModelMeasures.MeterName, "System.Runtime"));
        var toCollector = Otlp.Any(name => !string.IsNullOrEmpty(configuration[name]));
        var toAzure = configuration[ApplicationInsights] is { Length: > 0 };
        if (!toCollector && !toAzure)
        {
            return;
        }

        sdk.WithTracing(t => t.AddSource(Traces.SourceName));
        builder.Logging.AddOpenTelemetry(l => l.IncludeFormattedMessage = true);
        if (toCollector)
        {
            sdk.UseOtlpExporter();
        }

        if (toAzure)
        {
            AddApplicationInsights(builder, sdk);
        }

        // The last registration takes effect.
        sdk.WithTracing(t => t.SetSampler(CallerSampler.Of(configuration)));
    }

    /// <summary>Adds Application Insights with the identity that is used for storage, because the resource does not accept keys.</summary>
    private static void AddApplicationInsights(IHostApplicationBuilder builder, OpenTelemetryBuilder sdk)
    {
        void Configure(AzureMonitorExporterOptions options)
        {
            options.ConnectionString = builder.Configuration[ApplicationInsights];
            options.Credential = ServiceCredential.From(builder.Configuration);
        }

        sdk.WithTracing(t => t.AddAzureMonitorTraceExporter(Configure));
        sdk.WithMetrics(m => m.AddAzureMonitorMetricExporter(Configure));
        builder.Logging.AddOpenTelemetry(l => l.AddAzureMonitorLogExporter(Configure));
    }
}
