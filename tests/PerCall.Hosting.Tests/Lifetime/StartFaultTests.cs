using System.Net;
using System.Net.Sockets;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Lifetime;

/// <summary>What keeps the service from starting is one clear sentence each, exit code 1, and no stack trace.</summary>
public sealed class StartFaultTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Start_SeveralFaults_AllAreReportedAtOnce()
    {
        var errors = await FailAsync(
            ("TickSchedule", "every day"),
            ("OtherStorage", null),
            ("AzureFunctionsJobHost__extensions__queues__batchSize", "33"),
            ("AzureFunctionsJobHost__functionTimeout", "soon"),
            ("AzureFunctionsJobHost__logging__logLevel__default", "Loud"));

        Assert.Equal(5, errors.Count);
        Assert.Contains(
            errors, e =>
                e.Contains("'tick'", StringComparison.Ordinal) && e.Contains(
                    "'every day'", StringComparison.Ordinal) && e.Contains("six-field", StringComparison.Ordinal));
        Assert.Contains(
            errors, e => e.Contains("'OtherStorage'", StringComparison.Ordinal) && e.Contains("'message'", StringComparison.Ordinal));
        Assert.Contains("error: host.json: extensions.queues.batchSize is '33'; allowed: a whole number from 1 to 32.", errors);
        Assert.Contains(errors, e => e.Contains("functionTimeout is 'soon'", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("logging.logLevel.default is 'Loud'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_MissingSettingInAnExpression_IsNamed()
    {
        var errors = await FailAsync(("TickSchedule", null));

        Assert.Equal("error: Function 'tick' uses the setting %TickSchedule%, which is missing.", Assert.Single(errors));
    }

    [Fact]
    public async Task Start_TakenPort_IsOneSentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = Assert.Single(await FailAsync(("ASPNETCORE_URLS", $"http://127.0.0.1:{port}")));

        Assert.Contains($"127.0.0.1:{port}", error, StringComparison.Ordinal);
        Assert.Contains("already in use", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DeadStorageAccount_IsOneSentence()
    {
        using var ports = new ReservedPorts();
        var port = ports.First;

        var error = Assert.Single(await FailAsync(
            ("AzureWebJobsStorage",
                $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:{port}/a;")));

        Assert.Contains("'AzureWebJobsStorage'", error, StringComparison.Ordinal);
        Assert.Contains($"http://127.0.0.1:{port}", error, StringComparison.Ordinal);
        Assert.Contains("is unavailable: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SilentStorageAccount_IsGivenUpWhenItsTimeIsOver()
    {
        // It takes connections, and says nothing.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var error = Assert.Single(await FailAsync(
            ("AzureWebJobsStorage", $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint=http://{silent.LocalEndpoint}/a;"),
            ("PerCall__Hosting__StartTimeout", "00:00:02")));

        Assert.Contains("'AzureWebJobsStorage'", error, StringComparison.Ordinal);
        Assert.EndsWith("did not respond within 2 seconds.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_StorageThatRefusesTheKey_IsOneSentence()
    {
        var wrongKey = System.Text.RegularExpressions.Regex.Replace(azurite.ConnectionString, "AccountKey=[^;]+", "AccountKey=d3Jvbmc=");

        var error = Assert.Single(await FailAsync(("AzureWebJobsStorage", wrongKey)));

        Assert.Contains("denies access to the application: 403", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("nonsense", "is not a storage connection string")]
    public async Task Start_StorageSettingUnusable_IsNamed(string? value, string expected)
    {
        var errors = await FailAsync(("AzureWebJobsStorage", value));

        Assert.Contains(
            errors, e => e.Contains("'AzureWebJobsStorage'", StringComparison.Ordinal) && e.Contains(expected, StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<string>> FailAsync(params (string, string?)[] settings)
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = app.Launch(settings);

        Assert.Equal(1, await service.WaitForExitAsync());
        Assert.DoesNotContain(
            service.Lines, l => l.Contains("   at ", StringComparison.Ordinal) || l.Contains("Unhandled", StringComparison.Ordinal));
        return [.. service.Lines.Where(l => l.StartsWith("error: ", StringComparison.Ordinal))];
    }
}
