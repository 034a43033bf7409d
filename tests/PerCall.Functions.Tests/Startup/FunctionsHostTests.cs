using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Startup;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Startup;

public sealed class FunctionsHostTests
{
    // A warning in the repository's host.json.
    private const string Category = "Azure.Core.Pipeline";
    private const string Worker = "Functions:Worker:HostEndpoint";

    [Fact]
    public void Levels_OfHostJson_HoldInTheWorkerOfAFunctionsHost()
    {
        Assert.False(IsEnabled(LogLevel.Information, (Worker, "http://127.0.0.1:1")));
        Assert.True(IsEnabled(LogLevel.Warning, (Worker, "http://127.0.0.1:1")));
    }

    /// <summary>
    /// Without the mode each call would be recorded twice, and without the levels the host's two lines for each call would be logged.
    /// </summary>
    [Fact]
    public void HostJson_LogsWarningsResultsAndTheServicesOwn_ByOpenTelemetry()
    {
        var hostJson = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, "host.json")).Build();

        Assert.Equal("OpenTelemetry", hostJson["telemetryMode"]);
        Assert.Equal(
            ("Warning", "Information", "Information"),
            (hostJson["logging:logLevel:default"], hostJson["logging:logLevel:Host.Results"], hostJson["logging:logLevel:PerCall"]));
        // No other category is louder, but for the host's line when it has started.
        Assert.Equal(
            ["Host.Results", "Microsoft.Hosting.Lifetime", "PerCall"],
            hostJson.GetSection("logging:logLevel").GetChildren().Where(c => c.Value != "Warning").Select(c => c.Key)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Levels_OfSettings_ComeBeforeThoseOfHostJson()
    {
        Assert.True(IsEnabled(LogLevel.Debug, (Worker, "http://127.0.0.1:1"), ("Logging:LogLevel:Azure.Core", "Debug")));
        Assert.True(IsEnabled(
            LogLevel.Debug, (Worker, "http://127.0.0.1:1"), ("AzureFunctionsJobHost:logging:logLevel:Azure.Core", "Debug")));
    }

    [Fact]
    public void Levels_WithoutAFunctionsHost_AreLeftToTheBuiltInHost() => Assert.True(IsEnabled(LogLevel.Information));

    [Theory]
    [InlineData(true, "--functions-uri", "http://127.0.0.1:1", "--functions-worker-id", "a")]
    [InlineData(true, "--functions-worker-id", "a", "--functions-uri=http://127.0.0.1:1")]
    [InlineData(false)]
    [InlineData(false, "--urls", "http://127.0.0.1:1", "--environment", "Development")]
    [InlineData(false, "--functions-worker-id", "a")]
    public void HasStarted_CommandLine_IsThatOfAFunctionsHost(bool expected, params string[] args) =>
        Assert.Equal(expected, FunctionsHost.HasStarted(args, new ConfigurationBuilder().Build()));

    [Fact]
    public void HasStarted_AddressInTheEnvironment_IsEnough() => Assert.True(FunctionsHost.HasStarted(
        [], new ConfigurationBuilder().AddInMemoryCollection([new(Worker, "http://127.0.0.1:1")]).Build()));

    [Fact]
    public void Run_WithSettingsThatCannotBe_EndsWithAnExitCodeAndNoException()
    {
        Assert.Equal(1, StartFaults.Run(() => throw new OptionsValidationException("name", typeof(object), ["The setting X is missing."])));
        Assert.Equal(1, StartFaults.Run(
            () => throw new AggregateException(new OptionsValidationException("name", typeof(object), ["The setting X is missing."]))));
        Assert.Throws<InvalidOperationException>(() => StartFaults.Run(() => throw new InvalidOperationException()));
    }

    private static bool IsEnabled(LogLevel level, params (string Name, string Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        builder.Logging.AddConsole();
        builder.AddHostJsonLogLevels();
        using var host = builder.Build();
        return host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(Category).IsEnabled(level);
    }
}
