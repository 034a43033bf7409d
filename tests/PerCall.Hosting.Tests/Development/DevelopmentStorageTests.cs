using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Development;

/// <summary>Azurite as a developer gets it: a repository with the pinned tools/azurite, and nothing that answers yet.</summary>
public sealed class DevelopmentStorageTests
{
    [Fact]
    public async Task Start_NothingAnswers_StartsAzuriteAndStopsItWithTheService()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();
        var port = repository.BlobPort;

        var first = await app.StartAsync();
        Assert.True(await AnswersAsync(port));
        Assert.True(File.Exists(Path.Combine(repository.Path, ".azurite", "azurite.log")));
        first.Terminate();

        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.False(await AnswersAsync(port));
    }

    [Fact]
    public async Task Start_TwoServicesAtOnce_OneStartsItAndTheOtherFindsIt()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();

        var services = await Task.WhenAll(app.StartAsync(), app.StartAsync());

        Assert.Single(services, s => s.Lines.Any(l => l.Contains("Started Azurite", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Kill_OfTheService_EndsItsAzurite()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();
        var service = await app.StartAsync();

        await service.KillAsync();

        await Eventually.HoldsAsync(async () => !await AnswersAsync(repository.BlobPort), "Azurite ends");
    }

    [Fact]
    public async Task Start_PortTakenBySomethingElse_IsOneSentence()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();
        using var other = new TcpListener(IPAddress.Loopback, repository.BlobPort + 1);
        other.Start();

        Assert.Equal(
            $"error: Port {repository.BlobPort + 1}, where UseDevelopmentStorage=true expects storage, is in use by another program.",
            await DevelopersRepository.FailAsync(app));
    }

    [Fact]
    public async Task Start_BlobPortTakenByAWebServer_IsOneSentence()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();
        using var other = new HttpListener();
        other.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{repository.BlobPort}/"));
        other.Start();
        var answering = AnswerAsync(other);

        var error = await DevelopersRepository.FailAsync(app);
        other.Stop();
        await answering;

        Assert.Contains($"Port {repository.BlobPort}", error, StringComparison.Ordinal);
        Assert.Contains("is in use by another program", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoNodeJs_IsOneSentence()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();

        var error = await DevelopersRepository.FailAsync(app, ("PATH", ""));

        Assert.Contains("'node' was not found", error, StringComparison.Ordinal);
        Assert.Contains("Node.js 20 or newer", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NodeJsTooOld_IsOneSentence()
    {
        using var repository = new DevelopersRepository();
        await using var app = repository.App();
        repository.AddCommand("node", "echo v18.20.4");

        var error = await DevelopersRepository.FailAsync(app, ("PATH", $"{repository.Commands}:/usr/bin:/bin"));

        Assert.Contains("Node.js is v18.20.4", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NpmFails_IsOneSentence()
    {
        using var repository = new DevelopersRepository(installed: false);
        await using var app = repository.App();
        repository.AddCommand("node", "echo v22.0.0");
        repository.AddCommand("npm", "echo 'npm error network is down' >&2; exit 1");

        var error = await DevelopersRepository.FailAsync(app, ("PATH", $"{repository.Commands}:/usr/bin:/bin"));

        Assert.Contains("'npm ci'", error, StringComparison.Ordinal);
        Assert.Contains("failed with exit code 1: npm error network is down", error, StringComparison.Ordinal);
    }

    private static async Task AnswerAsync(HttpListener listener)
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
