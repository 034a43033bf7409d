using PerCall.Client;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>The service as a customer meets it: a process of its own, on storage of its own, with the repository's models published.</summary>
public sealed class Service : IAsyncLifetime
{
    public const string OperatorKey = "pc_admin_for-tests-only-0123456789";

    private int _instances;
    private readonly TemporaryFolder _folder = new();

    public AzuriteFixture Azurite { get; } = new();

    public ServiceProcess Process { get; private set; } = null!;

    /// <summary>For plain requests; no key is sent.</summary>
    public HttpClient Http { get; private set; } = new();

    public PerCallClient Client => new(Http);

    public PerCallClient Operator => PerCallClient.Connect(Http.BaseAddress!, OperatorKey);

    public static string Sample(string model, string name) => Path.Combine(Repository.Models, model, "1", "samples", name);

    public async ValueTask InitializeAsync()
    {
        await Azurite.InitializeAsync();
        Process = await StartAnotherAsync();
        Http = new HttpClient { BaseAddress = Process.Address };
    }

    /// <summary>A further instance on the same storage, with a cache of its own; whoever starts it disposes of it.</summary>
    public async Task<ServiceProcess> StartAnotherAsync(params (string Name, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = Azurite.ConnectionString,
            ["PERCALL_ADMIN_KEY"] = OperatorKey,
            ["PerCall__Models__Starters"] = Repository.Models,
            ["PerCall__Models__CacheFolder"] = _folder.File($"cache-{Interlocked.Increment(ref _instances)}"),
        };
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return await ServiceProcess.Start(Repository.Assembly("PerCall.Functions"), _folder.Path, environment).WaitUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
        await Azurite.DisposeAsync();
        _folder.Dispose();
    }
}
