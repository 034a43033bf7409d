using System.Globalization;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>The published service and an Azurite of its own.</summary>
internal sealed class ServiceBed(string assembly, string starters, AzuriteFixture azurite) : IAsyncDisposable
{
    public const string OperatorKey = "pc_admin_for-benchmarks-only-0123456789";
    public const string Tenant = "bench";

    private readonly TemporaryFolder _cache = new();
    private readonly TemporaryFolder _nothing = new();

    public string ConnectionString => azurite.ConnectionString;

    public AzuriteFixture Azurite => azurite;

    /// <param name="starters">Packages that the service publishes when it first starts.</param>
    /// <param name="cancellation">Ends the building and starting.</param>
    /// <param name="azurite">Its storage, not started; null: a plain one.</param>
    public static async Task<ServiceBed> CreateAsync(string starters, CancellationToken cancellation, AzuriteFixture? azurite = null)
    {
        var bed = new ServiceBed(await Published.ServiceAsync(cancellation), starters, azurite ?? new());
        await bed.Azurite.InitializeAsync();
        return bed;
    }

    /// <summary>A service as a process, which is ready when this returns.</summary>
    /// <param name="settings">Settings beside those of all services.</param>
    public Task<ServiceProcess> StartAsync(params IEnumerable<(string Name, string Value)> settings) =>
        Start(_cache.Path, port: 0, starters, Open(settings)).WaitUntilReadyAsync();

    /// <param name="cache">Folder of package files; an empty one makes the service fetch them from storage.</param>
    /// <param name="port">Where it listens; 0 for a port of its own choice.</param>
    /// <param name="packages">A folder of packages to publish; null for none, where they are published already.</param>
    public ServiceProcess Start(string cache, int port, string? packages) => Start(cache, port, packages, Open([]));

    /// <summary>What is measured is the calls' own work: no keys, nothing charged or limited.</summary>
    private static Dictionary<string, string?> Open(IEnumerable<(string Name, string Value)> settings) =>
        settings.Append(("AZURE_FUNCTIONS_ENVIRONMENT", "Development")).Append(("PerCall__Tenancy__Open", "true"))
            .ToDictionary(s => s.Item1, s => (string?)s.Item2);

    /// <summary>A service as it is in production: with keys, limits and charges.</summary>
    public Task<ServiceProcess> StartMeteredAsync(params IEnumerable<(string Name, string Value)> settings) => Start(
        _cache.Path, port: 0, starters, settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)).Append(
            new("PERCALL_ADMIN_KEY", OperatorKey)).ToDictionary()).WaitUntilReadyAsync();

    /// <summary>Makes the tenant <see cref="Tenant"/>.</summary>
    /// <param name="service">A metered one.</param>
    /// <param name="plan">Its plan; null: one with all limits and a budget, none of which is reached.</param>
    /// <param name="cancellation">Ends the making.</param>
    /// <returns>Its key.</returns>
    public static async Task<string> KeyAsync(ServiceProcess service, PutPlanRequest? plan, CancellationToken cancellation)
    {
        var client = PerCallClient.Connect(service.Address, OperatorKey);
        await client.PutPlanAsync(Tenant, plan ?? Ample, cancellation);
        await client.CreateTenantAsync(new(Tenant, Tenant, Tenant), cancellation);
        return (await client.CreateKeyAsync(new(Tenant, ["call", "admin"]), Tenant, cancellation)).Key;
    }

    public async ValueTask DisposeAsync()
    {
        await azurite.DisposeAsync();
        _cache.Dispose();
        _nothing.Dispose();
    }

    private static PutPlanRequest Ample => new()
    {
        Currency = "EUR",
        RequestsPerMinute = 1_000_000,
        ConcurrentCalls = 1000,
        MonthlyBudget = 1_000_000_000_000,
        Prices = [new("*", "*", "image", 1500), new(
            "*", "*", "1k_characters", 500), new("*", "*", "batch_row", 100), new("*", "*", "recommendation", 200),
            new("*", "*", "input", 1000), new("*", "*", "row", 100)],
    };

    private ServiceProcess Start(string cache, int port, string? packages, Dictionary<string, string?> settings) => ServiceProcess.Start(
        assembly,
        Path.GetDirectoryName(assembly)!,
        new Dictionary<string, string?>(settings)
        {
            ["AzureWebJobsStorage"] = ConnectionString,
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            // In development a service would look for packages by itself; an empty folder has none.
            ["PerCall__Models__Starters"] = packages ?? _nothing.Path,
            ["PerCall__Models__CacheFolder"] = cache,
        });
}
