using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests;

/// <summary>One process for all tests of a class that neither stop it nor set it up otherwise.</summary>
public sealed class ServiceFixture(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly TestApp _app = new(azurite.ConnectionString);
    private ServiceProcess? _service;

    public ServiceProcess Service => _service ?? throw new InvalidOperationException("The service is not started.");

    /// <summary>Announces a body, and sends it only when the test says so.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { Expect100ContinueTimeout = ProcessOutput.Patience });

    internal TestApp App => _app;

    public async ValueTask InitializeAsync()
    {
        _service = await _app.StartAsync();
        Client.BaseAddress = _service.Address;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
