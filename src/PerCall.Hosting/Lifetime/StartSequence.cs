using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using PerCall.Hosting.Http;

namespace PerCall.Hosting.Lifetime;

/// <summary>The first hosted service: what must be so before any of the application's own start, and once the server is bound.</summary>
internal sealed class StartSequence(StartFaults faults, IServer server, IConfiguration configuration) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        faults.Messages.Count > 0 ? throw new StartException(faults.Messages) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        if (configuration[WebServer.HostNameKey] is null && addresses is { Count: > 0 })
        {
            configuration[WebServer.HostNameKey] = WebServer.HostName(addresses);
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
