using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Charges;

namespace PerCall.EndToEnd.Charging;

/// <summary>A tenant of a test's own, on a plan of its own.</summary>
internal sealed class TestTenant : IDisposable
{
    public const long ImagePrice = 7;
    public const long RowPrice = 5;
    public const long TensorPrice = 11;

    private readonly HttpClient _http;

    private readonly string _storage;

    private TestTenant(string id, string account, NewApiKey key, HttpClient http, string storage) =>
        (Id, Account, Key, _http, _storage) = (id, account, key, http, storage);

    public string Id { get; }

    public string Account { get; }

    public NewApiKey Key { get; }

    public PerCallClient Client => new(_http);

    public HttpClient Http => _http;

    /// <summary>A plan on which an image costs 7 micro-units, a thousand characters 3, a recommendation 2, a row of a batch 5, a row
    /// of tensors 11.</summary>
    public static PutPlanRequest Plan => new()
    {
        Currency = "EUR",
        Prices = [new("images.classify", "*", "image", ImagePrice), new(
            "text.classify", "*", "1k_characters", 3), new("*", "*", "recommendation", 2), new("batch", "*", "batch_row", RowPrice),
            new("infer", "*", "input", TensorPrice)],
    };

    public static async Task<TestTenant> CreateAsync(Service service, PutPlanRequest? plan = null)
    {
        var id = $"t-{Guid.NewGuid():n}"[..16];
        await service.Operator.PutPlanAsync(id, plan ?? Plan);
        var tenant = await service.Operator.CreateTenantAsync(new(id, "A test's own", id));
        var key = await service.Operator.CreateKeyAsync(new("all", ["call", "admin"]), id);
        return new(id, tenant.Account, key, Connect(service.Http.BaseAddress!, key.Key), service.Azurite.KeptConnectionString);
    }

    /// <summary>A client of another instance.</summary>
    public PerCallClient ClientOf(ServiceProcess instance) => PerCallClient.Connect(instance.Address, Key.Key);

    /// <summary>A client of another instance, or with another key.</summary>
    public static HttpClient Connect(Uri address, string key)
    {
        var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Add("x-api-key", key);
        return http;
    }

    /// <summary>What it has paid, and for how many calls, by <c>GET /v1/usage</c>.</summary>
    public async Task<(long Calls, long Paid)> UsedAsync(CancellationToken cancellation)
    {
        var usage = await Client.GetUsageAsync(cancellation: cancellation);
        return (usage.Data.Sum(l => l.Calls), usage.Data.Sum(l => l.Charge));
    }

    /// <summary>Batches it was charged for, and how much.</summary>
    public async Task<(long Batches, long Paid)> ChargedForBatchesAsync(CancellationToken cancellation)
    {
        var usage = await Client.GetUsageAsync(groupBy: "operation", cancellation: cancellation);
        var batches = usage.Data.Where(l => l.Operation == "batch").ToList();
        return (batches.Sum(l => l.Calls), batches.Sum(l => l.Charge));
    }

    /// <summary>Its charges as they stand in the journal.</summary>
    public async Task<List<WrittenCharge>> ChargesAsync(CancellationToken cancellation) =>
        [.. (await WrittenCharge.ReadAllAsync(_storage, cancellation)).Where(c => c.Account == Account)];

    public void Dispose() => _http.Dispose();
}
