using System.Net.Http.Json;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>Plants secrets in all that a caller sends, and looks for them in all that the service says to others and keeps.</summary>
public sealed class SecretTests(Service service)
{
    private const string Text = "planted-text-4417";
    private const string Broken = "planted-broken-4418";
    private const string Item = "planted-item-4419";
    private const string IdempotencyKey = "planted-idempotency-4420";
    private const string Hook = "planted-hook-4421";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithSecretsPlantedEverywhere_WritesNoneOfThem()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { MonthlyBudget = 1_000_000, RequestsPerMinute = 600, ConcurrentCalls = 4 });
        var instance = await service.StartAnotherAsync(
            ("Logging__LogLevel__Default", "Trace"), ("AzureFunctionsJobHost__logging__logLevel__default", "Trace"),
            ("AzureFunctionsJobHost__logging__logLevel__PerCall", "Trace"));
        using var http = TestTenant.Connect(instance.Address, tenant.Key.Key);
        var key = await new PerCall.Client.PerCallClient(http).CreateKeyAsync(new("planted", ["call"]), cancellation: Cancellation);
        // One that no other test sends: what is sent in files of batches is kept, and is to be.
        var noise = new byte[28 * (1 + (28 * 3))];
        new Random(4422).NextBytes(noise);
        var image = Png.OfRgb(28, 28, [.. noise.Select((b, i) => i % (1 + (28 * 3)) == 0 ? (byte)0 : b)]);
        var wrong = key.Key[..^6] + "planted"[..6];

        await PostAsync(
            http, "v1/images/classify?model=digits", new ByteArrayContent(image) { Headers = { ContentType = new("image/png") } });
        await PostAsync(
            http, "v1/images/classify?model=digits",
            new ByteArrayContent(Encoding.UTF8.GetBytes(Text)) { Headers = { ContentType = new("image/png") } });
        await PostAsync(
            http, "v1/text/classify",
            JsonContent.Create(new ClassifyTextRequest { Model = "spam", Input = [Text] }, WireJson.Default.ClassifyTextRequest));
        await PostAsync(http, "v1/text/classify", new StringContent($"{{\"input\": \"{Broken}\", ", Encoding.UTF8, "application/json"));
        await PostAsync(
            http, "v1/text/classify",
            new StringContent($"{{\"model\": \"spam\", \"input\": [7, \"{Broken}\"]}}", Encoding.UTF8, "application/json"));
        await PostAsync(
            http, "v1/recommend",
            JsonContent.Create(
                new RecommendRequest { Model = "shop", User = Item, History = [new() { Item = Item }] },
                WireJson.Default.RecommendRequest));
        await PostAsync(
            http, "v1/recommend/similar",
            JsonContent.Create(new SimilarItemsRequest { Model = "shop", Item = Item }, WireJson.Default.SimilarItemsRequest));
        using (var repeated = TestTenant.Connect(instance.Address, tenant.Key.Key))
        {
            repeated.DefaultRequestHeaders.Add("Idempotency-Key", $"\"{IdempotencyKey}\"");
            await PostAsync(
                repeated, "v1/text/classify",
                JsonContent.Create(new ClassifyTextRequest { Model = "spam", Input = [Text] }, WireJson.Default.ClassifyTextRequest));
        }

        await PostAsync(
            http, "v1/predictions",
            new StringContent(
                $$"""{"task": "text-classification", "model": "spam", "input": "{{Text}}"}""", Encoding.UTF8,
                "application/json"), "wait=60");
        await PostAsync(
            http, "v1/predictions",
            new StringContent(
                $$"""{"task": "text-classification", "model": "spam", "input": "x", "webhook": "https://hooks.invalid/{{Hook}}"}""",
                Encoding.UTF8, "application/json"), "wait=60");
        var signing = (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data.Single().Secret;
        await Eventually.HoldsAsync(
            async () =>
                (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data.Any(d => d.AttemptCount > 0),
                "the webhook is tried", instance);

        using (var stranger = TestTenant.Connect(instance.Address, wrong))
        {
            await PostAsync(stranger, "v1/images/classify?model=digits", new ByteArrayContent(image));
            await PostAsync(stranger, "manage/v1/tenants", new StringContent("{}", Encoding.UTF8, "application/json"));
        }

        await instance.StopAsync();

        string[] planted = [Text, Broken, Item, IdempotencyKey, Secret(tenant.Key.Key), Secret(key.Key), Secret(wrong), Service.OperatorKey,
            Convert.ToBase64String(image)[200..240]];
        var said = string.Join('\n', instance.Lines);
        Assert.Contains("ClassifyText", said, StringComparison.Ordinal);
        Assert.All(
            planted.Append(Hook).Append(signing), secret =>
                Assert.False(said.Contains(secret, StringComparison.Ordinal), $"The log holds {secret}."));
        var kept = await KeptAsync();
        Assert.Contains(tenant.Account, kept, StringComparison.Ordinal);
        Assert.All(planted, secret => Assert.False(kept.Contains(secret, StringComparison.Ordinal), $"Storage holds {secret}."));
        await instance.DisposeAsync();
    }

    private static string Secret(string key) => key[(key.LastIndexOf('_') + 1)..];

    private static async Task PostAsync(HttpClient http, string path, HttpContent content, string? prefer = null)
    {
        using (content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            if (prefer is not null)
            {
                request.Headers.TryAddWithoutValidation("Prefer", prefer);
            }

            using var response = await http.SendAsync(request, Cancellation);
            Assert.NotEqual(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
        }
    }

    private async Task<List<BlobContainerClient>> ContainersAsync()
    {
        List<BlobContainerClient> all = [];
        foreach (var account in new[] { service.Azurite.ConnectionString, service.Azurite.KeptConnectionString })
        {
            var blobs = new BlobServiceClient(account);
            all.AddRange(await blobs.GetBlobContainersAsync(cancellationToken: Cancellation)
                .Where(c => c.Name is not ("models" or "packages"))
                .Select(c => blobs.GetBlobContainerClient(c.Name)).ToListAsync(Cancellation));
        }

        return all;
    }

    /// <summary>Every row, and every blob but those of models.</summary>
    private async Task<string> KeptAsync()
    {
        var all = new StringBuilder();
        var tables = new TableServiceClient(service.Azurite.KeptConnectionString);
        await foreach (var table in tables.QueryAsync(cancellationToken: Cancellation))
        {
            await foreach (var row in tables.GetTableClient(table.Name).QueryAsync<TableEntity>(cancellationToken: Cancellation))
            {
                all.AppendJoin('\n', row.Select(p => $"{p.Key}={(p.Value is BinaryData bytes ? bytes.ToString() : p.Value)}")).Append('\n');
            }
        }

        foreach (var client in await ContainersAsync())
        {
            await foreach (var blob in client.GetBlobsAsync(cancellationToken: Cancellation))
            {
                try
                {
                    all.Append((await client.GetBlobClient(blob.Name).DownloadContentAsync(Cancellation)).Value.Content).Append('\n');
                }
                catch (RequestFailedException e) when (e.Status == 404)
                {
                    // Of another test's tenant, which was erased meanwhile. Of this one nothing is deleted.
                }
            }
        }

        return all.ToString();
    }
}
