using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class ReferenceTests(Service service)
{
    private static readonly string[] Undescribed =
        ["/{*path}", "/openapi/v1.json", "/docs", "/docs/scalar.js", "/.well-known/security.txt"];

    private static readonly string[] OfTenants = ["/v1/", "/v2/models/", "/models/", "/pipeline/"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenApi_Document_DescribesEveryRouteThatTheHostServes()
    {
        var served = service.Process.Lines
            .Select(l => System.Text.RegularExpressions.Regex.Match(l, @"(?<methods>any method|[A-Z, ]+) (?<route>/\S*)$"))
            .Where(m => m.Success).Select(m => m.Groups["route"].Value).ToHashSet();
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var described = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToHashSet();

        Assert.NotEmpty(described);
        Assert.Equal(served.Except(Undescribed).Order(), described.Order());
    }

    [Fact]
    public async Task OpenApi_Classify_HasItsFormsParametersAndProblems()
    {
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var classify = document.GetProperty("paths").GetProperty("/v1/images/classify").GetProperty("post");

        Assert.Equal(
            ["image/*", "application/octet-stream", "multipart/form-data", "application/json"],
            classify.GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(c => c.Name));
        Assert.Equal(
            ["model", "top_k", "Idempotency-Key"],
            classify.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(
            "#/components/schemas/Problem",
            classify.GetProperty("responses").GetProperty("415").GetProperty("content").GetProperty(Problem.MediaType).GetProperty("schema")
                .GetProperty("$ref").GetString());
        Assert.Equal(
            ["200", "400", "401", "402", "403", "404", "409", "413", "415", "422", "429", "503"],
            classify.GetProperty("responses").EnumerateObject().Select(r => r.Name));
        var answer = document.GetProperty("components").GetProperty("schemas").GetProperty("ClassifyImageResponse")
            .GetProperty("properties");
        Assert.Equal(["id", "model", "version", "predictions", "labels", "fallback"], answer.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task OpenApi_EveryPath_AsksForTheKeyOfThoseWhomItIsFor()
    {
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            var schemes = path.Value.EnumerateObject().Select(
                m =>
                    m.Value.TryGetProperty("security", out var security) ? security[0].EnumerateObject().Single().Name : "none").Distinct();

            Assert.Equal(
                path.Name.StartsWith("/manage/", StringComparison.Ordinal) ? "operator"
                    : OfTenants.Any(p => path.Name.StartsWith(p, StringComparison.Ordinal)) ? "tenant" : "none",
                Assert.Single(schemes));
        }

        Assert.Equal(
            ["operator", "tenant"],
            document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(s => s.Name).Order());
    }

    [Fact]
    public async Task OpenApi_Management_IsAllThere()
    {
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var management = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Where(
            p => p.StartsWith("/manage/", StringComparison.Ordinal));

        Assert.Superset(
            new HashSet<string>
            {
                "/manage/v1/audit",
                "/manage/v1/audit/verify",
                "/manage/v1/models",
                "/manage/v1/models/{name}/aliases/{alias}",
                "/manage/v1/models/{name}/versions/{version}",
                "/manage/v1/plans",
                "/manage/v1/plans/{plan}",
                "/manage/v1/tenants",
                "/manage/v1/tenants/{tenant}",
                "/manage/v1/tenants/{tenant}/keys",
                "/manage/v1/tenants/{tenant}/keys/{key}",
                "/manage/v1/tenants/{tenant}/keys/{key}/rotate",
            },
            management.ToHashSet());
    }

    [Fact]
    public async Task Docs_Page_NeedsNothingFromOtherHosts()
    {
        var page = await service.Http.GetStringAsync(new Uri("docs", UriKind.Relative), Cancellation);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);

        using var plain = await service.Http.GetAsync(new Uri("docs/scalar.js", UriKind.Relative), Cancellation);
        Assert.Equal("text/javascript", plain.Content.Headers.ContentType!.MediaType);
        var script = await plain.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("createApiReference", script, StringComparison.Ordinal);

        using var handler = new HttpClientHandler { AutomaticDecompression = DecompressionMethods.GZip };
        using var browser = new HttpClient(handler) { BaseAddress = service.Http.BaseAddress };
        Assert.Equal(script, await browser.GetStringAsync(new Uri("docs/scalar.js", UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task Docs_ApiPage_ListsEveryOperationAndNoOther()
    {
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")).Order(StringComparer.Ordinal);
        var pages = await Task.WhenAll(ApiPages().Select(p => File.ReadAllTextAsync(p, Cancellation)));
        var written = pages
            .SelectMany(
                p =>
                    System.Text.RegularExpressions.Regex.Matches(
                        p, @"^### `([A-Z]+ /\S+)`", System.Text.RegularExpressions.RegexOptions.Multiline))
            .Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal);

        Assert.Equal(operations, written);
    }

    [Fact]
    public async Task Health_Endpoints_Answer()
    {
        Assert.Equal("live", (await service.Http.GetFromJsonAsync("health/live", WireJson.Default.HealthResponse, Cancellation))!.Status);
        Assert.Equal("ready", (await service.Http.GetFromJsonAsync("health/ready", WireJson.Default.HealthResponse, Cancellation))!.Status);
    }

    /// <summary>The reference, and pages that describe one task each.</summary>
    private static IEnumerable<string> ApiPages()
    {
        var docs = Path.Combine(Repository.Root, "docs");
        var tasks = new DirectoryInfo(Path.Combine(docs, "tasks"));
        return [Path.Combine(docs, "api.md"), .. tasks.Exists ? tasks.EnumerateFiles("*.md").Select(f => f.FullName) : []];
    }
}
