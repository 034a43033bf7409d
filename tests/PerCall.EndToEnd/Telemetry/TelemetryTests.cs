using System.Net;
using Google.Protobuf;
using PerCall.Client;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.EndToEnd.Telemetry.Otlp;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.EndToEnd.Telemetry;

public sealed class TelemetryTests(ObservedService service) : IClassFixture<ObservedService>
{
    private const int Internal = 1;
    private const int Server = 2;
    private const int Client = 3;
    private const int Consumer = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_FromTheCallToItsWebhook_IsOneTraceThatGoesOnFromTheCallers()
    {
        await using var receiver = new WebhookReceiver();
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.SendAsync(
            "rows.jsonl", string.Concat(Enumerable.Range(0, 12).Select(i => $"{{\"id\":\"{i}\",\"input\":\"a text\"}}\n")));
        var (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        using var http = Traced(tenant, trace, parent);

        var batch = await new PerCallClient(http).CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Webhook = $"{receiver.Hook}/planted-4430" },
            Cancellation);
        await tenant.Client.EndAsync(batch.Id);
        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    Find(trace) is var found && found.Any(s => s.Kind == Client) && found.Count(s => s.Name == "ProcessShards shard") == 3
                        && AreWhole(found, parent)), "all spans and their parents have arrived", service.Process);

        var spans = Find(trace);
        Assert.Equal(parent, Hex(Assert.Single(spans, s => s is { Name: "POST /v1/batches", Kind: Server }).ParentSpanId));
        Assert.Contains(spans, s => s is { Name: "ProcessWork step", Kind: Consumer });
        Assert.Equal(3, spans.Count(s => s is { Name: "ProcessShards shard", Kind: Consumer }));
        Assert.Contains(spans, s => s is { Name: "ProcessWork webhook", Kind: Consumer });
        var sent = spans.First(s => s.Kind == Client);
        Assert.Equal("localhost", Text(sent, "server.address"));
        Assert.DoesNotContain("planted-4430", service.Told("traces"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OnAModel_TellsItsPartsInTheOrderInWhichTheyWere()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var trace = "1af7651916cd43dd8448eb211c80319c";
        using var http = Traced(tenant, trace, "b7ad6b7169203332");

        await new PerCallClient(http).ClassifyImageAsync(
            await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation), "digits", cancellation: Cancellation);
        await Eventually.HoldsAsync(() => Task.FromResult(Find(trace).Any(s => s.Kind == Server)), "the call is told of", service.Process);

        var spans = Find(trace);
        var call = spans.Single(s => s.Kind == Server);
        Assert.Equal("POST /v1/images/classify", call.Name);
        Assert.Equal(200, call.Attributes.Single(a => a.Key == "http.response.status_code").Value.Number);
        var (decode, infer) = (
            spans.Single(s => s is { Name: "decode", Kind: Internal }), spans.Single(s => s is { Name: "infer", Kind: Internal }));
        Assert.Equal("digits/1", Text(infer, "percall.model"));
        Assert.Equal(call.SpanId, infer.ParentSpanId);
        Assert.True(
            call.StartTimeUnixNano <= decode.StartTimeUnixNano && decode.EndTimeUnixNano <= infer.StartTimeUnixNano
                && infer.EndTimeUnixNano <= call.EndTimeUnixNano);
    }

    [Fact]
    public async Task Refusal_IsCountedUnderItsCode()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var http = Traced(tenant, "2af7651916cd43dd8448eb211c80319c", "b7ad6b7169203333");

        await Assert.ThrowsAsync<PerCallException>(
            () => new PerCallClient(http).ClassifyTextAsync(["x"], "nothing-of-this-name", cancellation: Cancellation));

        await Eventually.HoldsAsync(
            async () => (await MetricsAsync(service.Process.Address)).Split('\n').Any(l =>
                l.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && l.Contains(
                    "/v1/text/classify", StringComparison.Ordinal) && l.Contains("model_not_found", StringComparison.Ordinal)),
            "the refusal is counted",
            service.Process);
    }

    [Fact]
    public async Task Telemetry_OfCallsWithSecrets_HoldsNoneOfThem()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-2-uncertain.png"), Cancellation);
        var trace = "3af7651916cd43dd8448eb211c80319c";
        using var http = Traced(tenant, trace, "b7ad6b7169203334");

        await new PerCallClient(http).ClassifyTextAsync(["planted-text-4431"], "spam", cancellation: Cancellation);
        await new PerCallClient(http).ClassifyImageAsync(image, "digits", cancellation: Cancellation);
        using (var odd = new HttpRequestMessage(
            new HttpMethod("PLANTED4434"),
            "v1/planted-path-4435?q=planted-query-4436")
        { Content = new StringContent("planted-body-4437") })
        {
            using var response = await http.SendAsync(odd, Cancellation);
        }

        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    Find(trace).Count(s => s.Kind == Server) == 3 && service.Told("logs").Contains(
                        "ClassifyText", StringComparison.Ordinal) && service.Told("metrics").Contains(
                            "percall.usage.units", StringComparison.Ordinal)),
            "all is told of",
            service.Process);
        var told = service.Told("traces") + service.Told("metrics") + service.Told("logs") + await MetricsAsync(service.Process.Address);
        string[] planted = ["planted-text-4431", "PLANTED4434", "planted-path-4435", "planted-query-4436", "planted-body-4437",
            Service.OperatorKey, tenant.Key.Key[^32..], Convert.ToBase64String(image)[40..80]];
        Assert.All(planted, secret => Assert.False(told.Contains(secret, StringComparison.Ordinal), $"Telemetry holds {secret}."));
        Assert.DoesNotContain(tenant.Id, service.Told("metrics"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Metrics_WithoutAKey_AreOpenOnThisMachineInDevelopmentAlone()
    {
        const string Key = "key-of-the-metrics-for-tests";
        await using var other = await service.StartAnotherAsync(("PerCall__Hosting__MetricsKey", Key));
        await using var production = await service.StartAnotherAsync(("AZURE_FUNCTIONS_ENVIRONMENT", "Production"));

        var open = await MetricsAsync(service.Process.Address);
        Assert.Contains("# TYPE dotnet_process_cpu_time_seconds_total counter", open, StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await GetAsync(service.Process.Address, r => r.Headers.Add("X-Forwarded-For", "203.0.113.7"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(production.Address, _ => { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(other.Address, _ => { })).Status);
        Assert.Equal(
            HttpStatusCode.NotFound, (await GetAsync(other.Address, r => r.Headers.Authorization = new("Bearer", Key + "x"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(other.Address, r => r.Headers.Authorization = new("Bearer", Key))).Status);
    }

    private static HttpClient Traced(TestTenant tenant, string trace, string parent)
    {
        var http = TestTenant.Connect(tenant.Http.BaseAddress!, tenant.Key.Key);
        http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{parent}-01");
        return http;
    }

    /// <summary>Whether the parent of each span is among them, or the caller's.</summary>
    private static bool AreWhole(List<Span> spans, string parent)
    {
        var known = spans.Select(s => s.SpanId).Append(ByteString.CopyFrom(Convert.FromHexString(parent))).ToHashSet();
        return spans.All(s => known.Contains(s.ParentSpanId));
    }

    private List<Span> Find(string trace) => [.. service.Spans.Where(s => Hex(s.TraceId) == trace)];

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string? Text(Span span, string attribute) => span.Attributes.SingleOrDefault(a => a.Key == attribute)?.Value.Text;

    private static async Task<string> MetricsAsync(Uri address)
    {
        var (status, text) = await GetAsync(address, _ => { });
        Assert.Equal(HttpStatusCode.OK, status);
        return text;
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(Uri address, Action<HttpRequestMessage> change)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "metrics");
        change(request);
        using var response = await http.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
