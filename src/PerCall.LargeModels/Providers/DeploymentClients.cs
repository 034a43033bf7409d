using System.ClientModel;
using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using Azure.AI.OpenAI;
using Azure.Core;
using OpenAI;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>Creates each deployment's client at its first call.</summary>
/// <param name="http">The client with the handlers of all deployments.</param>
/// <param name="credential">The service's identity, for deployments of Azure without a key.</param>
internal sealed class DeploymentClients(HttpClient http, Func<TokenCredential> credential) : IDisposable
{
    private const string Scope = "https://cognitiveservices.azure.com/.default";
    private const string AzureKeyHeader = "api-key";
    private const string Product = "PerCall";

    private readonly ConcurrentDictionary<string, Lazy<DeploymentClient>> _clients = new(StringComparer.Ordinal);
    private readonly Lazy<TokenCredential> _credential = new(credential);
    private readonly AttemptTransport _transport = new(http);

    public DeploymentClient Get(Deployment deployment) =>
        _clients.GetOrAdd(deployment.Name, (_, d) => new Lazy<DeploymentClient>(() => Create(d)), deployment).Value;

    public void Dispose() => _transport.Dispose();

    private DeploymentClient Create(Deployment deployment) =>
        new(deployment.Kind == DeploymentKind.Azure ? Azure(deployment) : Compatible(deployment), deployment);

    private AzureOpenAIClient Azure(Deployment deployment)
    {
        var options = Prepare(new AzureOpenAIClientOptions { UserAgentApplicationId = Product });
        if (deployment.ApiVersion is { } version)
        {
            options.AddPolicy(new ApiVersionPolicy(version), PipelinePosition.PerCall);
        }

        return deployment.ApiKey is { } key
            ? new(deployment.Endpoint, new ApiKeyCredential(key), options)
            : new(deployment.Endpoint, _credential.Value, options);
    }

    private PipelineClient Compatible(Deployment deployment)
    {
        var options = Prepare(new OpenAIClientOptions { Endpoint = deployment.Endpoint });
        var isAzure = deployment.Kind == DeploymentKind.AzureV1;
        PipelinePolicy? authentication = (deployment.ApiKey, isAzure) switch
        {
            ({ } key, true) => ApiKeyAuthenticationPolicy.CreateHeaderApiKeyPolicy(new(key), AzureKeyHeader),
            ({ } key, false) => ApiKeyAuthenticationPolicy.CreateBearerAuthorizationPolicy(new(key)),
            (null, true) => new BearerTokenPolicy(_credential.Value, Scope),
            (null, false) => null,
        };
        return new(
            ClientPipeline.Create(
                options, [new UserAgentPolicy(typeof(DeploymentClients).Assembly, Product)],
                authentication is null ? [] : [authentication], []),
            options);
    }

    /// <summary>The calls go to other deployments instead of being retried, and the handlers limit their time.</summary>
    private T Prepare<T>(T options) where T : ClientPipelineOptions
    {
        options.Transport = _transport;
        options.RetryPolicy = new ClientRetryPolicy(maxRetries: 0);
        options.NetworkTimeout = Timeout.InfiniteTimeSpan;
        return options;
    }

    /// <summary>OpenAI's client with another authentication than its own, which requires a key.</summary>
    private sealed class PipelineClient(ClientPipeline pipeline, OpenAIClientOptions options) : OpenAIClient(pipeline, options);
}
