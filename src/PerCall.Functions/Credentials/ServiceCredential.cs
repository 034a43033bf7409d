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
