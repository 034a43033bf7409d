using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;
using Polly;
using Polly.Timeout;

namespace PerCall.LargeModels;

/// <summary>Registers the large models and their providers.</summary>
public static class LargeModelServices
{
    internal const string ClientName = "PerCall.LargeModels";
    private const int BreakerCalls = 5;
    private const double BreakerRatio = 0.5;

    private static readonly TimeSpan BreakerWindow = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Registers the options, <see cref="LargeModelRoutes"/> and <see cref="ILargeModelProvider"/>. Without a configured model, the
    /// clients and their libraries are not loaded.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The service's configuration; decides whether there are large models.</param>
    /// <param name="credential">Returns the service's identity for Azure. Called at the first call that needs it.</param>
    public static IServiceCollection AddLargeModelProviders(
        this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, TokenCredential> credential)
    {
        services.AddOptions<LargeModelOptions>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<LargeModelOptions>>(new LargeModelOptionsSetup(configuration));
        services.AddSingleton<IValidateOptions<LargeModelOptions>>(new LargeModelOptionsSetup(configuration));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LargeModelRoutes>();
        if (configuration.GetSection($"{LargeModelOptions.Section}:{nameof(LargeModelOptions.Models)}").GetChildren().Any())
        {
            AddProviders(services, credential);
        }
        else
        {
            services.AddSingleton<ILargeModelProvider, UnconfiguredProvider>();
        }

        return services;
    }

    // In a method of its own, so that the libraries it uses are loaded only when it runs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddProviders(IServiceCollection services, Func<IServiceProvider, TokenCredential> credential)
    {
        AddHandlers(services);
        services.AddSingleton(new WeightedOrder(RandomNumberGenerator.GetInt32));
        services.AddSingleton<DeploymentPauses>();
        services.AddSingleton(
            s => new DeploymentClients(s.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName), () => credential(s)));
        services.AddSingleton<ClientSender>();
        services.AddSingleton(s => new ConcurrencySender(s.GetRequiredService<ClientSender>()));
        services.AddSingleton<ILargeModelProvider>(s => new FailoverProvider(
            s.GetRequiredService<ConcurrencySender>(), s.GetRequiredService<WeightedOrder>(), s.GetRequiredService<DeploymentPauses>(),
            s.GetRequiredService<IOptions<LargeModelOptions>>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<FailoverProvider>>()));
    }

    private static void AddHandlers(IServiceCollection services)
    {
        var client = services.AddHttpClient(ClientName, c => c.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            // The handler renews its connections itself, so the client can live as long as the service.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.AllowAutoRedirect = false;
                handler.UseCookies = false;
                handler.AutomaticDecompression = DecompressionMethods.None;
                handler.ConnectTimeout = TimeSpan.FromSeconds(15);
                handler.MaxResponseDrainSize = 0;
                handler.MaxResponseHeadersLength = 64;
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                // Providers are third parties: traces do not continue there.
                handler.ActivityHeadersPropagator = null;
            });
        client.AddResilienceHandler("deployment", Protect).SelectPipelineBy(_ => Attempt.BreakerOf);
        client.AddHttpMessageHandler(
            s => new FirstEventHandler(s.GetRequiredService<IOptions<LargeModelOptions>>().Value.MaxAnswerBytes));
    }

    /// <summary>Adds a circuit breaker of the deployment's own, and the time limit of an attempt.</summary>
    private static void Protect(ResiliencePipelineBuilder<HttpResponseMessage> builder, ResilienceHandlerContext context)
    {
        var options = context.ServiceProvider.GetRequiredService<IOptions<LargeModelOptions>>().Value;
        builder.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
        builder
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
            {
                MinimumThroughput = BreakerCalls,
                FailureRatio = BreakerRatio,
                SamplingDuration = BreakerWindow,
                BreakDuration = TimeSpan.FromSeconds(options.BreakerSeconds),
                ShouldHandle = args => ValueTask.FromResult(IsFailure(args.Outcome)),
            })
            .AddTimeout(new HttpTimeoutStrategyOptions
            {
                TimeoutGenerator = args => ValueTask.FromResult(TimeSpan.FromSeconds(
                    args.Context.GetRequestMessage() is { } request && Attempt.Of(request).Stream
                        ? options.FirstTokenSeconds : options.AnswerSeconds)),
            });
    }

    /// <summary>A rate limit does not open the circuit: the deployment works, and says itself when to come back.</summary>
    private static bool IsFailure(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: ProviderFailedException { Fault: ProviderFault.RateLimited } } => false,
        { Exception: HttpRequestException or IOException or TimeoutRejectedException } => true,
        { Result: { } response } => (int)response.StatusCode is 408 or >= 500,
        _ => false,
    };
}
