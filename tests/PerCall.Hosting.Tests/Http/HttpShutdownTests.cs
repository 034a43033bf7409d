using System.Net;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Http;

public sealed class HttpShutdownTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Terminate_WhileACallRuns_ItFinishesAndNoOtherIsTaken()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        var call = client.GetStringAsync("/gated/slow");
        await service.WaitForLineAsync("@gated slow started");

        service.Terminate();
        await service.WaitForLineAsync(l => l.Contains("Application is shutting down", StringComparison.Ordinal));
        await Eventually.HoldsAsync(() => RefusesAsync(service.Address), "new connections are refused");
        app.OpenGate("slow");

        Assert.Equal("done", await call);
        Assert.Equal(0, await service.WaitForExitAsync());
    }

    [Theory]
    [InlineData("/hang/stop")]
    [InlineData("/deaf")]
    public async Task Terminate_WhileACallDoesNotEnd_CancelsItAndEnds(string path)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app.CutShort(leaveBehind: path == "/deaf");
        var service = await app.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        var call = client.GetAsync(path);
        await service.WaitForLineAsync($"@{path[1..].Replace('/', ' ')} started");

        service.Terminate();

        Assert.Equal(0, await service.WaitForExitAsync());
        var lines = service.Lines.ToList();
        var told = lines.FindIndex(l => l.Contains("Application is shutting down", StringComparison.Ordinal));
        var ended = lines.FindIndex(l => path == "/deaf" ? l.Contains("was abandoned", StringComparison.Ordinal)
            : l.StartsWith("@hang stop cancelled, context True", StringComparison.Ordinal));
        Assert.InRange(told, 0, ended - 1);
        await Assert.ThrowsAnyAsync<Exception>(async () => (await call).EnsureSuccessStatusCode());
    }

    [Fact]
    public async Task FunctionTimeout_IsReached_Answers500AndCancelsTheToken()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync(
            ("AzureFunctionsJobHost__functionTimeout", "00:00:01"), ("PerCall__Hosting__CancellationPeriod", "00:00:00.2"));
        using var client = new HttpClient { BaseAddress = service.Address };

        var obedient = client.GetAsync("/hang/late");
        var deaf = client.GetAsync("/deaf");

        Assert.Equal(HttpStatusCode.InternalServerError, (await obedient).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await deaf).StatusCode);
        await service.WaitForLineAsync("@hang late cancelled, context True");
        await service.WaitForLineAsync(
            l => l.Contains("Function deaf", StringComparison.Ordinal) && l.Contains("was abandoned", StringComparison.Ordinal));
    }

    private static async Task<bool> RefusesAsync(Uri address)
    {
        using var client = new HttpClient();
        try
        {
            using var answer = await client.GetAsync(new Uri(address, "/hostname"));
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
