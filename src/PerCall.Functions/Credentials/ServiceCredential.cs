using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace PerCall.Functions.Credentials;

/// <summary>
/// The identity that the service uses for Azure: the one configured under <c>AzureWebJobsStorage</c>, or the environment's default.
/// </summary>
public static class ServiceCredential
{
    public const string Setting = "AzureWebJobsStorage";

    /// <param name="configuration">The settings.</param>
    /// <param name="setting">A setting that may name an identity of its own, as <c>credential</c> and <c>clientId</c>.</param>
    public static TokenCredential From(IConfiguration configuration, string setting = Setting)
    {
        var section = configuration.GetSection(configuration[$"{setting}:credential"] is { Length: > 0 } ? setting : Setting);
        return section["credential"] == "managedidentity"
            ? new ManagedIdentityCredential(
                section["clientId"] is { Length: > 0 } id ? ManagedIdentityId
                    .FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential();
    }
}
