using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>
/// The service as a customer meets it: a process of its own, on storage of its own, with the repository's models published.
/// </summary>
public class Service : IAsyncLifetime
{
    public const string OperatorKey = "pc_admin_for-tests-only-0123456789";

    private int _instances;
    private readonly TemporaryFolder _folder = new();

    public AzuriteFixture Azurite { get; init; } = new();

    /// <summary>Settings of all instances.</summary>
    protected virtual IEnumerable<(string Name, string? Value)> Settings => [];

    public ServiceProcess Process { get; private set; } = null!;

    /// <summary>For plain requests, with the tenant's key.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <summary>For plain requests without a key.</summary>
    public HttpClient Anonymous { get; private set; } = new();

    /// <summary>Of the tenant <c>tests</c>, which has no limits; with both roles.</summary>
    public string Key { get; private set; } = "";

    public PerCallClient Client => new(Http);

    public PerCallClient Operator => PerCallClient.Connect(Process.Address, OperatorKey);

    public static string Sample(string model, string name) => Path.Combine(Repository.Models, model, "1", "samples", name);

    public virtual async ValueTask InitializeAsync()
    {
        await Azurite.InitializeAsync();
        Process = await StartAnotherAsync();
        Anonymous = new HttpClient { BaseAddress = Process.Address };
        // Every unit that a task has costs something.
        var units = ModelTasks.All.Select(t => ManifestNames.Of(t.Unit)).Append("batch_row").Append("input").Distinct();
        var prices = new Dictionary<string, long> { ["image"] = 1500, ["1k_characters"] = 500, ["recommendation"] = 200 };
        await Operator.PutPlanAsync(
            "tests",
            new() { Currency = "EUR", Prices = [.. units.Select(u => new PlanPrice("*", "*", u, prices.GetValueOrDefault(u, 100)))] });
        Key = await AddTenantAsync("tests", "tests");
        Http = HttpFor(Process.Address);
    }

    /// <summary>A tenant on a plan that is there.</summary>
    /// <returns>A key of its, with both roles.</returns>
    public async Task<string> AddTenantAsync(string tenant, string plan)
    {
        await Operator.CreateTenantAsync(new(tenant, tenant, plan));
        return (await Operator.CreateKeyAsync(new("tests", ["call", "admin"]), tenant)).Key;
    }

    /// <summary>For plain requests to any instance, with the tenant's key.</summary>
    public HttpClient HttpFor(Uri address)
    {
        var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Add("x-api-key", Key);
        return http;
    }

    /// <summary>A client of any instance, with the tenant's key.</summary>
    public PerCallClient ClientOf(ServiceProcess instance) => PerCallClient.Connect(instance.Address, Key);

    /// <summary>A further instance on the same storage, with a cache of its own; whoever starts it disposes of it.</summary>
    public async Task<ServiceProcess> StartAnotherAsync(params (string Name, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>
        {
            // As in Azure: what is opened in the wrong account is not there. Tests that start the service as on a laptop have one account.
            ["AzureWebJobsStorage"] = Azurite.ConnectionString,
            ["PerCallKeptStorage"] = Azurite.KeptConnectionString,
            ["PerCall__Storage__UndoDays"] = "14",
            ["PERCALL_ADMIN_KEY"] = OperatorKey,
            ["PerCall__Models__Starters"] = Repository.Models,
            // Tests send many wrong keys, all from one address.
            ["PerCall__Clients__FailedKeysPerMinute"] = "1000000",
            // Tests that run at the same time share an instance.
            ["PerCall__Batches__QuotesAtOnce"] = "16",
            // Small files have several shards, and no wait is longer than the tests need.
            ["PerCall__Batches__ShardRows"] = "5",
            ["PerCall__Batches__LookInterval"] = "00:00:00.3",
            ["PerCall__Batches__EventInterval"] = "00:00:00.1",
            ["PerCall__Batches__WatchInterval"] = "00:00:01",
            ["PerCall__Batches__JobAge"] = "00:00:00.5",
            ["PerCall__Batches__QueuePoll"] = "00:00:01",
            ["PerCall__Batches__BudgetPatience"] = "00:00:02",
            ["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:01",
            // An instance that was killed is taken for dead soon, and its work goes to others.
            ["PerCall__Batches__PresenceInterval"] = "00:00:01",
            ["PerCall__Hosting__BlobScanInterval"] = "00:00:00.5",
            ["PerCall__Hosting__MessageLease"] = "00:00:10",
            // An answer of storage that is lost is asked for again before a test loses its patience.
            ["PerCall__Hosting__AnswerTimeout"] = "00:00:10",
            // When a test fails, its report tells which messages were received and which of them were run.
            ["Logging__LogLevel__PerCall.Hosting.Queues"] = "Debug",
            ["PerCall__Idempotency__Lapse"] = "00:00:10",
            ["PerCall__Predictions__Lapse"] = "00:00:05",
            ["PerCall__Models__AliasAge"] = "00:00:00.5",
            ["PerCall__Models__CacheFolder"] = _folder.File($"cache-{Interlocked.Increment(ref _instances)}"),
        };
        foreach (var (name, value) in Settings.Concat(settings))
        {
            environment[name] = value;
        }

        var process = await ServiceProcess.Start(Repository.Published, _folder.Path, environment).WaitUntilReadyAsync();
        process.EndsGracefully = true;
        return process;
    }

    public virtual async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Anonymous.Dispose();
        await Process.DisposeAsync();
        await Azurite.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
