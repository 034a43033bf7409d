using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>The provider of a service without large models.</summary>
internal sealed class UnconfiguredProvider : ILargeModelProvider
{
    public Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellation) =>
        throw new LargeModelRefusedException(
            503, "large_models_not_configured",
            $"No large model is configured. Set {LargeModelOptions.Section}:Models:<name>:Deployments:0:Endpoint.");
}
