using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Development;

/// <summary>
/// Starts Azurite when the storage setting is the development one and nothing responds there, and stops it after everything else.
/// </summary>
internal sealed partial class DevelopmentStorage(
    IConfiguration configuration, IHostEnvironment environment, HostingOptions options, TimeProvider time,
    ILogger<DevelopmentStorage> logger)
    : IAsyncDisposable
{
    private AzuriteProcess? _azurite;

    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment() || !DevelopmentStorageSetting.IsUsed(configuration))
        {
            return;
        }

        var ports = AzuritePorts.From(options.DevelopmentStoragePort);
        if (await AnswersAsync(ports, cancellationToken))
        {
            return;
        }

        var folders = SettingsFiles.Folders(environment.ContentRootPath).Concat(SettingsFiles.Folders(AppContext.BaseDirectory));
        var installation = AzuriteInstallation.Find(folders, logger) ?? throw new StartException(
            $"Nothing listens on port {ports.Blob}, where {StorageConnections.Development} expects Azurite, and there is no folder "
                + "tools/azurite " +
            "to start it from.");
        var location = Path.Combine(installation.RepositoryRoot, ".azurite");
        Directory.CreateDirectory(location);

        // Of several services that start at once, one installs and starts Azurite; the others wait for it.
        await using var starting = await FileLock.AcquireAsync(Path.Combine(location, "start.lock"), time, cancellationToken);
        if (await AnswersAsync(ports, cancellationToken))
        {
            return;
        }

        foreach (var port in (int[])[ports.Queue, ports.Table])
        {
            if (await StorageProbe.IsTakenAsync(port, cancellationToken))
            {
                throw Taken(port);
            }
        }

        await installation.EnsureAsync(time, cancellationToken);
        _azurite = await AzuriteProcess.StartAsync(installation, ports, location, time, cancellationToken);
        LogStarted(ports.Blob, ports.Queue, ports.Table, location);
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
            _azurite = null;
        }
    }

    private static async Task<bool> AnswersAsync(AzuritePorts ports, CancellationToken cancellationToken) =>
        await StorageProbe.ProbeAsync(ports, cancellationToken) switch
        {
            StorageProbeResult.Storage => true,
            StorageProbeResult.SomethingElse => throw Taken(ports.Blob),
            _ => false,
        };

    private static StartException Taken(int port) =>
        new($"Port {port}, where {StorageConnections.Development} expects storage, is in use by another program.");

    [LoggerMessage(LogLevel.Information, "Started Azurite on ports {Blob}, {Queue} and {Table}, with its data in {Location}.")]
    private partial void LogStarted(int blob, int queue, int table, string location);
}
