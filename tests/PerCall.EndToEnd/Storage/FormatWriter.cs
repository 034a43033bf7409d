using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.StandIn;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.EndToEnd.Storage;

/// <summary>
/// Writes the file of the current format for the tests of later formats. Run it once, when <c>StorageFormat.Written</c> has grown, and
/// commit the file: <c>dotnet test tests/PerCall.EndToEnd --filter FormatWriter -- xUnit.Explicit=only</c>. A file is never written
/// again, because a later program of the same format must read it too.
/// </summary>
public sealed class FormatWriter : IAsyncLifetime
{
    /// <summary><c>StorageFormat.Written</c>.</summary>
    private const int Format = 1;

    private const string Hook = "https://receiver.example/hook";

    /// <summary>The file has these instead of secrets that somebody drew.</summary>
    private const string KeySecret = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string WebhookSecret = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=";

    private readonly AzuriteFixture _azurite = new();
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _ids = [];
    private StandInProvider _provider = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _azurite.InitializeAsync();
        _provider = await StandInProvider.StartAsync(new() { Deployments = new Dictionary<string, string> { ["mini"] = "" } });
    }

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        await _provider.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>
    /// The tenant <c>acme</c> has had calls, a prediction whose webhook is tried again, and a batch; the tenant <c>gone</c> was erased. The
    /// process was killed when two calls were not counted, one batch had begun and not been planned, two had shards in work, one of them
    /// on a large model, and of two predictions one was claimed.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task Write_AServiceKilledInTheMiddle()
    {
        var service = await StartAsync();
        var @operator = PerCallClient.Connect(service.Address, Service.OperatorKey);
        var key = await AddTenantsAsync(@operator);
        var client = PerCallClient.Connect(service.Address, key);
        await CallAsync(service, client, key);
        var ended = await client.EndAsync(await OrderAsync(client, "ended", Rows(3)), service);
        Assert.Equal("completed", ended.Status);
        var prediction = await client.CreatePredictionAsync(Ask("one"), TimeSpan.FromSeconds(60), cancellation: Cancellation);
        _ids["prediction"] = prediction.Id;
        await Eventually.HoldsAsync(
            async () => (await client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data is [{ AttemptCount: 1 }],
            "the first attempt has failed", service);
        _ids["delivery"] = (await client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data[0].Id;
        // Counts the charges so far.
        await @operator.GetTenantUsageAsync("acme", cancellation: Cancellation);

        await using var shard = await _azurite.HoldShardAsync(_ids["account"], 1);
        await OrderAsync(client, "running", Rows(6));
        await shard.ReachedAsync(service);
        var calls = await client.SendAsync("calls.jsonl", string.Concat(Enumerable.Range(0, 2).Select(Call)));
        _ids["calling"] = (await client.CreateBatchAsync(
            new() { InputFileId = calls.Id, Endpoint = BatchCalls.Chat }, Cancellation)).Id;
        await Eventually.HoldsAsync(
            () => Task.FromResult(_provider.Emissions.Of("golden-1").Count > 0), "the calls are at the provider", service);
        await using var claimed = await _azurite.HoldPredictionsAsync(_ids["account"], pass: 0);
        _ids["claimed"] = (await client.CreatePredictionAsync(Ask("two"), cancellation: Cancellation)).Id;
        await claimed.ReachedAsync(service);
        await using var queues = await _azurite.HoldAsync("GET", "/(work|plan|predictions)/messages");
        await queues.ReachedAsync(service);
        _ids["waiting"] = (await client.CreatePredictionAsync(Ask("three"), cancellation: Cancellation)).Id;
        await OrderAsync(client, "begun", Rows(4));
        await client.ClassifyImageAsync(Picture(), "fashion", 1, Cancellation);
        await client.ClassifyImageAsync(Picture(), "fashion", 1, Cancellation);
        await service.KillAsync();
        await service.DisposeAsync();
        foreach (var gate in (StorageGate[])[shard, claimed, queues])
        {
            await gate.OpenAsync();
        }

        var saved = await StoredFormat.SaveAsync(
            _azurite.ConnectionString, _ids, ["usage", "audit", "files", "batches", "predictions", "answers", "webhooks"], Cancellation);
        saved.Replace("keys", row => row == "key", "Hash", new JsonObject
        {
            ["Binary"] = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(KeySecret))),
        });
        saved.Replace("webhooks", row => row == "s", "Secrets", JsonSerializer.Serialize(
            new[] { new { Secret = WebhookSecret, CreatedAt = saved.Killed, ExpiresAt = (DateTimeOffset?)null } }));
        saved.Write(Format);
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.Start(
        Repository.Published,
        _folder.Path,
        new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = _azurite.ConnectionString,
            ["PERCALL_ADMIN_KEY"] = Service.OperatorKey,
            ["PerCall__Models__Starters"] = Repository.Models,
            ["PerCall__Models__CacheFolder"] = _folder.File("cache"),
            ["PerCall__OpenAI__Models__mini__Deployments__0__Endpoint"] = new Uri(_provider.Address, "v1").ToString(),
            ["PerCall__OpenAI__Models__mini__Endpoints"] = "chat",
            ["PerCall__Batches__ShardRows"] = "2",
            ["PerCall__Webhooks__Retries"] = "00:00:20",
            ["PerCall__Upkeep__Interval"] = "00:00:20",
            ["PerCall__Hosting__MessageLease"] = "00:00:10",
        }).WaitUntilReadyAsync();

    /// <returns>A key of <c>acme</c>.</returns>
    private async Task<string> AddTenantsAsync(PerCallClient @operator)
    {
        var plan = new PutPlanRequest
        {
            Currency = "EUR",
            MonthlyBudget = 50_000_000,
            FreeUnits = new Dictionary<string, long> { ["image"] = 2 },
            Prices =
            [
                new("*", "*", "image", 1500), new("*", "*", "1k_characters", 300), new("batch", "*", "batch_row", 100),
                new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3),
            ],
        };
        await @operator.PutPlanAsync("small", plan, Cancellation);
        plan = plan with { MonthlyBudget = 60_000_000, Prices = [new("*", "*", "image", 1700), .. plan.Prices.Skip(1)] };
        await @operator.PutPlanAsync("small", plan, Cancellation);
        _ids["account"] = (await @operator.CreateTenantAsync(new("acme", "Acme", "small"), Cancellation)).Account;
        var key = await @operator.CreateKeyAsync(new("first", ["call", "admin"]), "acme", Cancellation);
        _ids["key"] = key.Id;
        var revoked = await @operator.CreateKeyAsync(new("revoked", ["call"]), "acme", Cancellation);
        await @operator.RevokeKeyAsync(revoked.Id, "acme", Cancellation);
        await @operator.CreateTenantAsync(new("gone", "Gone", "small"), Cancellation);
        await @operator.EraseTenantAsync("gone", Cancellation);
        _ids["operator"] = (await @operator.CreateOperatorKeyAsync(new("accounting", ["money"]), Cancellation)).Id;
        return key.Key;
    }

    private async Task CallAsync(ServiceProcess service, PerCallClient client, string key)
    {
        for (var i = 0; i < 4; i++)
        {
            await client.ClassifyImageAsync(Picture(), "fashion", 1, Cancellation);
        }

        using var http = new HttpClient { BaseAddress = service.Address };
        using var once = new HttpRequestMessage(HttpMethod.Post, "v1/images/classify?model=fashion&top_k=1")
        {
            Content = new ByteArrayContent(Picture()) { Headers = { ContentType = new("image/png") } },
            Headers = { { "x-api-key", key }, { "Idempotency-Key", "golden" } },
        };
        using var answer = await http.SendAsync(once, Cancellation);
        answer.EnsureSuccessStatusCode();
        _ids["answer"] = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!["id"]!;
    }

    private async Task<string> OrderAsync(PerCallClient client, string name, string rows)
    {
        var file = await client.SendAsync($"{name}.jsonl", rows);
        return _ids[name] = (await client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation)).Id;
    }

    private static CreatePredictionRequest Ask(string text) => new()
    {
        Task = "text-classification",
        Model = "spam",
        Input = JsonElement.Parse($"\"{text}\""),
        Webhook = Hook,
    };

    private static string Rows(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"id\":\"{i}\",\"input\":\"text {i}\"}}\n"));

    /// <summary>The second one is not answered.</summary>
    private static string Call(int number) => BatchCalls.ChatRow(
        $"{number}", $"script: id=golden-{number}; tokens=5; in=20{(number > 0 ? "; hang" : "")}") + "\n";

    private static byte[] Picture() => File.ReadAllBytes(Service.Sample("fashion", "ankle-boot.png"));
}
