using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Telemetry;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Telemetry;

/// <summary>What leaves for Application Insights, through its real exporter to a stand-in for the ingestion.</summary>
public sealed partial class ApplicationInsightsTests
{
    private const string Capability = "WorkerOpenTelemetryEnabled";
    private const string Caller = "00f067aa0ba902b7";

    // Other tests' spans, which this exporter gets too, have other traces.
    private readonly string _trace = Guid.NewGuid().ToString("n");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_OnTheLocalHost_IsOneRequestWithItsPartsAsAttributes()
    {
        var sent = await SendAsync([("OTEL_TRACES_SAMPLER", "always_on")], s => Call(s));

        var request = Assert.Single(sent, r => r.Kind == "RequestData");
        Assert.Contains("percall.infer.duration", request.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(sent, r => r.Kind == "RemoteDependencyData");
        Assert.Contains(sent, r => r.Text.Contains("percall.http.responses", StringComparison.Ordinal));
        // .NET's own, and the counters of the process that the exporter would add.
        Assert.DoesNotContain(sent, r => r.Text.Contains("\"dotnet.", StringComparison.Ordinal));
        Assert.DoesNotContain(sent, r => r.Text.Contains("Private Bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_UnderAFunctionsHost_IsAPartOfTheHostsRequest()
    {
        var sent = await SendAsync(
            [(TelemetryServices.FunctionsHost, "http://127.0.0.1:1")], s =>
            {
                Assert.Equal(bool.TrueString, s.GetRequiredService<IOptions<WorkerOptions>>().Value.Capabilities[Capability]);
                Call(s);
            });

        Assert.DoesNotContain(sent, r => r.Kind == "RequestData");
        var part = Assert.Single(sent, r => r.Kind == "RemoteDependencyData");
        Assert.Contains(Caller, part.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(sent, r => r.Text.Contains("requests/duration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_ThatTheHostDidNotSample_IsCountedAndItsErrorsAreSent()
    {
        var sent = await SendAsync([(TelemetryServices.FunctionsHost, "http://127.0.0.1:1")], s => Call(s, "00"));

        Assert.DoesNotContain(sent, r => r.Kind is "RequestData" or "RemoteDependencyData");
        Assert.Contains(sent, r => r.Text.Contains("percall.http.responses", StringComparison.Ordinal));
        Assert.Contains(sent, r => r.Kind == "MessageData" && r.Text.Contains("it failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FixedPercentage_IsOnEachRecord_SoThatSumsAreRight()
    {
        var sent = await SendAsync([("OTEL_TRACES_SAMPLER", "microsoft.fixed_percentage"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")], s =>
        {
            for (var i = 0; i < 200; i++)
            {
                Call(s);
            }
        });

        var requests = sent.Where(r => r.Kind == "RequestData").ToList();
        // Both all and none have a chance of one in 2²⁰⁰.
        Assert.InRange(requests.Count, 1, 199);
        Assert.All(requests, r => Assert.Equal(50, r.SampleRate));
    }

    [Fact]
    public async Task RuntimeMetrics_AreSentWhenAskedFor()
    {
        var sent = await SendAsync([("PerCall:Telemetry:RuntimeMetrics", "true")], s => Call(s));

        Assert.Contains(sent, r => r.Text.Contains("\"dotnet.", StringComparison.Ordinal));
        Assert.Contains(sent, r => r.Text.Contains("Private Bytes", StringComparison.Ordinal));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "it failed")]
    private static partial void LogFailed(ILogger log);

    private void Call(IServiceProvider services, string flags = "01")
    {
        var spans = services.GetRequiredService<RequestSpans>();
        using (Traces.Begin("POST /v1/images/classify", spans.Http, $"00-{_trace}-{Caller}-{flags}"))
        {
            Traces.Record("infer", TimeProvider.System.GetUtcNow(), TimeSpan.FromMilliseconds(3), "digits/1");
            Measures.Response(500);
            LogFailed(services.GetRequiredService<ILogger<ApplicationInsightsTests>>());
        }

        Activity.Current = null;
    }

    private async Task<IReadOnlyList<Sent>> SendAsync(
        IEnumerable<(string Name, string Value)> settings, Action<IServiceProvider> work)
    {
        await using var receiver = new WebhookReceiver();
        receiver.AnswerWith(200);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        builder.Configuration.AddInMemoryCollection([new(
            TelemetryServices.ApplicationInsights, $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={receiver.Address}")]);
        builder.AddTelemetry();
        using (var host = builder.Build())
        {
            await host.StartAsync(Cancellation);
            work(host.Services);
            await host.StopAsync(Cancellation);
        }

        return [.. receiver.Received.Where(r => r.Path.Contains("track", StringComparison.Ordinal)).SelectMany(Lines).Select(Parse).Where(
            r => r.Kind is not ("RequestData" or "RemoteDependencyData") || r.Text.Contains(_trace, StringComparison.Ordinal))];
    }

    private static string[] Lines(ReceivedWebhook request)
    {
        using var gzip = new GZipStream(new MemoryStream(request.Body), CompressionMode.Decompress);
        using var reader = new StreamReader(
            request.Headers.GetValueOrDefault("content-encoding") == "gzip" ? gzip : new MemoryStream(request.Body));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Sent Parse(string line)
    {
        using var record = JsonDocument.Parse(line);
        var root = record.RootElement;
        return new(
            root.GetProperty("data").GetProperty("baseType").GetString()!, line,
            root.TryGetProperty("sampleRate", out var rate) ? rate.GetDouble() : 100);
    }

    private sealed record Sent(string Kind, string Text, double SampleRate);
}
