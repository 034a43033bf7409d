using System.Globalization;
using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>The published service and an Azurite of its own.</summary>
internal sealed class ServiceBed(string assembly, string starters) : IAsyncDisposable
{
    private readonly AzuriteFixture _azurite = new();
    private readonly TemporaryFolder _cache = new();
    private readonly TemporaryFolder _nothing = new();

    /// <param name="starters">Packages that the service publishes when it first starts.</param>
    /// <param name="cancellation">Ends the building and starting.</param>
    public static async Task<ServiceBed> CreateAsync(string starters, CancellationToken cancellation)
    {
        var bed = new ServiceBed(await Published.ServiceAsync(cancellation), starters);
        await bed._azurite.InitializeAsync();
        return bed;
    }

    /// <summary>A service as a process, which is ready when this returns.</summary>
    public Task<ServiceProcess> StartAsync() => Start(_cache.Path, port: 0, starters).WaitUntilReadyAsync();

    /// <param name="cache">Folder of package files; an empty one makes the service fetch them from storage.</param>
    /// <param name="port">Where it listens; 0 for a port of its own choice.</param>
    /// <param name="packages">A folder of packages to publish; null for none, where they are published already.</param>
    public ServiceProcess Start(string cache, int port, string? packages) => ServiceProcess.Start(
        assembly,
        Path.GetDirectoryName(assembly)!,
        new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = _azurite.ConnectionString,
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            // In development a service would look for packages by itself; an empty folder has none.
            ["PerCall__Models__Starters"] = packages ?? _nothing.Path,
            ["PerCall__Models__CacheFolder"] = cache,
            // What is measured is the calls' own work: no keys, nothing charged or limited.
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["PerCall__Tenancy__Open"] = "true",
        });

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        _cache.Dispose();
        _nothing.Dispose();
    }
}
