using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Development;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Http;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// The first hosted service. Before any of the application's services start, it requires that the functions are valid and that storage
/// responds. When the server is bound, the listeners start. At a shutdown, all work ends before the application's services stop.
/// </summary>
internal sealed partial class StartSequence(
    StartFaults faults,
    StartState state,
    DevelopmentStorage developmentStorage,
    HostStorage storage,
    TriggeredFunctions functions,
    Listeners listeners,
    GracePeriod grace,
    IServer server,
    IConfiguration configuration,
    ILogger<StartSequence> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (faults.Messages.Count > 0)
        {
            throw new StartException(faults.Messages);
        }

        await developmentStorage.EnsureAsync(cancellationToken);
        await storage.CheckAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        state.Started = true;
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        if (configuration[WebServer.HostNameKey] is null && addresses is { Count: > 0 })
        {
            configuration[WebServer.HostNameKey] = WebServer.HostName(addresses);
        }

        foreach (var line in functions.Describe())
        {
            LogFunction(line);
        }

        listeners.Start();
        return Task.CompletedTask;
    }

    // Concurrent, so that no request is accepted while messages end, and both have the whole grace period.
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(server.StopAsync(grace.Abandoning), listeners.WhenEnded());

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "{Function}")]
    private partial void LogFunction(string function);
}
