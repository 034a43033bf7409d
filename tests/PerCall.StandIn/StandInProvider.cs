using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn;

/// <summary>
/// A provider of large models that speaks the real HTTP of Azure OpenAI and of OpenAI-compatible servers, does what a script says, and
/// records what it did. tests/README.md describes the script.
/// </summary>
public sealed class StandInProvider : IAsyncDisposable
{
    /// <summary>The beginning of the line that the process prints when it listens; the address follows.</summary>
    public const string ListeningMark = "The stand-in provider listens on ";

    private const int MaxBodyBytes = 64 * 1024 * 1024;

    private readonly WebApplication _app;

    private StandInProvider(WebApplication app, Emissions emissions, ConcurrentDictionary<string, Script> deployments) =>
        (_app, Emissions, Deployments) = (app, emissions, deployments);

    public Uri Address { get; private set; } = null!;

    /// <summary>What was sent to whom.</summary>
    public Emissions Emissions { get; }

    internal ConcurrentDictionary<string, Script> Deployments { get; }

    public static async Task<StandInProvider> StartAsync(StandInOptions? options = null)
    {
        options ??= new();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // A flush ends when the system has the bytes. So nothing that was flushed is lost when a connection is cut, and a slow reader slows
        // the answer down.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(
                IPAddress.Parse(options.Address.Host), options.Address.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var deployments = new ConcurrentDictionary<string, Script>(
            options.Deployments.Select(d => KeyValuePair.Create(d.Key, Script.Parse(d.Value))), StringComparer.Ordinal);
        var emissions = new Emissions();
        var app = builder.Build();
        app.Run(new Front(options, deployments, emissions).AnswerAsync);
        var provider = new StandInProvider(app, emissions, deployments);
        await app.StartAsync();
        provider.Address = new Uri(
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return provider;
    }

    /// <summary>Gives a deployment a script that applies to all its calls, before the script of the call itself.</summary>
    /// <exception cref="FormatException">The script is invalid.</exception>
    public void Break(string deployment, string script) => Deployments[deployment] = Script.Parse(script);

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await _app.StopAsync(now.Token);
        }

        await _app.DisposeAsync();
    }
}
