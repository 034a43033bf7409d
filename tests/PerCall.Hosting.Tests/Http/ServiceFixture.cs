using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Http;

/// <summary>One process for all tests that only send it requests.</summary>
public sealed class ServiceFixture(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly TestApp _app = new(azurite.ConnectionString);
    private ServiceProcess? _service;

    public ServiceProcess Service => _service ?? throw new InvalidOperationException("The service is not started.");

    public HttpClient Client { get; } = new();

    public void OpenGate(string name) => _app.OpenGate(name);

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
