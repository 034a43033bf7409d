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
}
