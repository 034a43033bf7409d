using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>What is registered, with and without models.</summary>
public sealed class RegistrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_WithoutModels_RegistersOnlyRoutesAndARefusal()
    {
        var services = new ServiceCollection();
        services.AddLargeModelProviders(new ConfigurationBuilder().Build(), _ => throw new InvalidOperationException());
        Assert.DoesNotContain(services, s => s.ServiceType == typeof(IHttpClientFactory));
        await using var built = services.BuildServiceProvider();

        var routes = built.GetRequiredService<LargeModelRoutes>();
        Assert.True(routes.IsEmpty);
        Assert.Empty(routes.All);
        Assert.Null(routes.Find("gpt-4o"));
        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(
            () => built.GetRequiredService<ILargeModelProvider>().SendAsync(null!, Cancellation));
        Assert.Equal((503, "large_models_not_configured"), (refusal.Status, refusal.Code));
        Assert.Contains("PerCall:OpenAI:Models:", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Start_WithoutModels_LoadsNoLibraryOfProviders(bool isConfigured)
    {
        var loads = new RecordingLoads();
        var assembly = loads.LoadFromAssemblyPath(typeof(LargeModelServices).Assembly.Location);
        var services = new ServiceCollection().AddLogging();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PerCall:OpenAI:SilenceSeconds"] = "5",
            [isConfigured ? "PerCall:OpenAI:Models:local:Deployments:0:Endpoint" : "Other"] = "http://localhost/v1",
        }).Build();
        assembly.GetType(typeof(LargeModelServices).FullName!, throwOnError: true)!
            .GetMethod(nameof(LargeModelServices.AddLargeModelProviders))!.Invoke(null, [services, configuration, null]);

        using var built = services.BuildServiceProvider();
        built.GetRequiredService<IStartupValidator>().Validate();
        Assert.NotNull(built.GetRequiredService(assembly.GetType(typeof(ILargeModelProvider).FullName!)!));

        Assert.Equal(
            isConfigured,
            loads.Names.Any(n => n.StartsWith("Polly", StringComparison.Ordinal) || n.Contains("OpenAI", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Send_ToServersWithoutIdentity_NeverAsksForTheCredential()
    {
        await using var server = await ScriptedProvider.StartAsync();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddLargeModelProviders(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["PerCall:OpenAI:Models:local:Deployments:0:Endpoint"] = $"{server.Address}/v1",
            }).Build(),
            _ => throw new InvalidOperationException());
        await using var built = services.BuildServiceProvider();

        using var answer = await built.GetRequiredService<ILargeModelProvider>().SendAsync(
            new()
            {
                Route = built.GetRequiredService<LargeModelRoutes>().All[0],
                Endpoint = LargeModelEndpoint.ChatCompletions,
                Body = [],
            },
            Cancellation);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Start_WithFaults_Fails()
    {
        var services = new ServiceCollection();
        services.AddLargeModelProviders(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["PerCall:OpenAI:Models:local:Name"] = "local",
            }).Build(),
            _ => throw new InvalidOperationException());
        await using var built = services.BuildServiceProvider();

        var fault = Assert.Throws<OptionsValidationException>(() => built.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("PerCall:OpenAI:Models:local:Deployments is empty", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    /// <summary>Loads the assembly under test apart from the one of the other tests, and records what it references.</summary>
    private sealed class RecordingLoads() : AssemblyLoadContext(nameof(RecordingLoads))
    {
        public List<string> Names { get; } = [];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            Names.Add(assemblyName.Name!);
            return null;
        }
    }
}
