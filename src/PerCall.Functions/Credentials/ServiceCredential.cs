using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace PerCall.Functions.Credentials;

/// <summary>
/// The identity with which the service uses Azure: the one that the setting <c>AzureWebJobsStorage</c> names, or the environment's.
/// </summary>
public static class ServiceCredential
{
    public const string Setting = "AzureWebJobsStorage";

    public static TokenCredential From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        return section["credential"] == "managedidentity"
            ? new ManagedIdentityCredential(
                section["clientId"] is { Length: > 0 } id ? ManagedIdentityId
                    .FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential();
    }
}
