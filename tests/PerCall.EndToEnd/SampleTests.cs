using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>The samples that the pages on the API show, sent as they stand: in the order in which a newcomer needs them.</summary>
public sealed class SampleTests(Service service)
{
    /// <summary>What other samples rest on, first.</summary>
    private static readonly string[] First = ["PutPlan", "CreateTenant", "SetAlias"];

    private static readonly string[] OfLargeModels = ["CreateChatCompletion", "CreateResponse", "CreateModeration"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_OfEveryOperation_SucceedAsTheyStand()
    {
        var document = await service.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json", Cancellation);
        var samples = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => new Sample(m.Name, p.Name, m.Value)))
            .OrderBy(s => Array.IndexOf(First, s.Id) is >= 0 and var at ? at : First.Length)
            .ToList();
        var bodies = samples.Where(s => s.TakesJson).ToList();

        Assert.Empty(bodies.Where(s => s.Json is null).Select(s => s.Id));
        Assert.InRange(bodies.Count, 18, 100);
        await PutSampleFileAsync(bodies.Single(s => s.Id == "CreateBatch"));
        await PublishSampleModelsAsync();
        await PutSamplePackageAsync(bodies.Single(s => s.Id == "PublishModel"));
        foreach (var sample in samples.Where(s => s.TakesJson || (s.Method == "GET" && s.Id != "BatchEvents")))
        {
            if (await PathOfAsync(sample) is not { } path)
            {
                continue;
            }

            using var request = new HttpRequestMessage(new HttpMethod(sample.Method), new Uri(service.Http.BaseAddress!, path));
            request.Headers.Authorization = new(
                "Bearer", path.StartsWith("/manage/", StringComparison.Ordinal) ? Service.OperatorKey : service.Key);
            request.Content = sample.Json is null ? null : new StringContent(sample.Json, Encoding.UTF8, "application/json");
            using var response = await service.Anonymous.SendAsync(request, Cancellation);
            if (sample.Id == "HuggingFaceChat")
            {
                Assert.Contains("no large model", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
                Assert.Equal(404, (int)response.StatusCode);
                continue;
            }

            if (OfLargeModels.Contains(sample.Id))
            {
                // These pass all checks but one: this service has no large model.
                await Problems.AssertAsync(response, 404, "no_large_model", param: null, "PerCall:OpenAI:Models");
                continue;
            }

            Assert.True(
                response.IsSuccessStatusCode,
                $"{sample.Id}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}");
        }
    }

    /// <summary>What the samples call a file is one that was sent.</summary>
    private async Task PutSampleFileAsync(Sample batch)
    {
        var file = JsonElement.Parse(batch.Json!).GetProperty("input_file_id").GetString();
        var account = (await service.Operator.GetTenantAsync("tests", Cancellation)).Account;
        var blob = new BlobServiceClient(service.Azurite.ConnectionString).GetBlobContainerClient("files").GetBlobClient(
            $"{account}/{file}/mails.jsonl");
        await blob.UploadAsync(BinaryData.FromString("{\"input\": \"x\"}\n"), overwrite: true, Cancellation);
    }

    /// <summary>The models of the samples folder, and what the samples call a model of one's own.</summary>
    private async Task PublishSampleModelsAsync()
    {
        var folder = Path.Combine(Repository.Root, "samples", "models");
        var packages = Directory.EnumerateDirectories(folder).Select(m => PackageBuilder.FromFolder(Path.Combine(m, "1"))).ToList();
        packages.Add(PackageBuilder.FromFolder(Path.Combine(folder, "matching", "1"))
            .With("name", "my-model").With("task", "prediction").With("unit", "input"));
        foreach (var package in packages)
        {
            using var zip = new MemoryStream(package.Zip());
            await service.Operator.PublishModelAsync(zip, Cancellation);
        }
    }

    /// <summary>What the samples call an upload is a package that was sent.</summary>
    private async Task PutSamplePackageAsync(Sample publish)
    {
        var package = PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1"));
        package.Manifest["name"] = "sampled";
        var upload = JsonElement.Parse(publish.Json!).GetProperty("upload").GetString();
        var blob = new BlobServiceClient(
            service.Azurite.ConnectionString).GetBlobContainerClient("packages").GetBlobClient($"{upload}.zip");
        await blob.UploadAsync(BinaryData.FromBytes(package.Zip()), overwrite: true, Cancellation);
    }

    /// <summary>
    /// The path with the samples of its parts and of its query. An id that the service makes up is one that it has just made; null: none is
    /// at hand.
    /// </summary>
    private async Task<string?> PathOfAsync(Sample sample)
    {
        var path = sample.Path;
        foreach (var (name, example) in sample.Parts)
        {
            var value = example ?? (name, sample.Path.StartsWith("/manage/", StringComparison.Ordinal)) switch
            {
                ("key", true) => (await service.Operator.CreateKeyAsync(new("sample"), "acme", Cancellation)).Id,
                ("key", false) => (await service.Client.CreateKeyAsync(new("sample"), cancellation: Cancellation)).Id,
                ("month", _) => TimeProvider.System.GetUtcNow().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture),
                _ => null,
            };
            if (value is null)
            {
                return null;
            }

            path = path.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        }

        return path + sample.Query;
    }

    /// <summary>An operation, with the samples that its description has.</summary>
    private sealed class Sample(string method, string path, JsonElement operation)
    {
        public string Method => method.ToUpperInvariant();

        public string Path => path;

        public string Id => operation.GetProperty("operationId").GetString()!;

        public bool TakesJson => Content is not null;

        public string? Json => Content is { } content && content.TryGetProperty("example", out var example) ? example.GetRawText() : null;

        public IEnumerable<(string Name, string? Example)> Parts => Parameters("path");

        public string Query
        {
            get
            {
                var given = Parameters("query").Where(p => p.Example is not null).Select(
                    p => $"{p.Name}={Uri.EscapeDataString(p.Example!)}");
                return string.Join('&', given) is { Length: > 0 } query ? $"?{query}" : "";
            }
        }

        private JsonElement? Content =>
            operation.TryGetProperty("requestBody", out var body)
            && body.GetProperty("content").TryGetProperty("application/json", out var content) ? content : null;

        private IEnumerable<(string Name, string? Example)> Parameters(string where) =>
            operation.TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == where)
                    .Select(
                        p => (p.GetProperty("name").GetString()!, p.TryGetProperty("example", out var value) ? value.GetString() : null))
                : [];
    }
}
