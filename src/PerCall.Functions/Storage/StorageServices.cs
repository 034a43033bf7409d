using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Storage;

/// <summary>
/// The storage account of the setting <c>AzureWebJobsStorage</c>, in the forms that the Functions host reads: a connection string (Azurite),
/// or <c>AzureWebJobsStorage__accountName</c> / <c>__blobServiceUri</c> with an identity.
/// </summary>
internal static class StorageServices
{
    public const string Setting = "AzureWebJobsStorage";

    public static void AddStorage(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton(services => CreateBlobs(services.GetRequiredService<IConfiguration>()));

    public static BlobServiceClient CreateBlobs(IConfiguration configuration, BlobClientOptions? options = null)
    {
        var section = configuration.GetSection(Setting);
        if (!string.IsNullOrEmpty(section.Value))
        {
            return new BlobServiceClient(section.Value, options);
        }

        var address = section["blobServiceUri"] ?? (section["accountName"] is { Length: > 0 } account ? $"https://{account}.blob.core.windows.net" : null);
        return address is not null
            ? new BlobServiceClient(new Uri(address), Identity(section), options)
            : throw new InvalidOperationException($"No storage account is set: {Setting} (a connection string), {Setting}__accountName or {Setting}__blobServiceUri.");
    }

    private static TokenCredential Identity(IConfigurationSection section) =>
        section["credential"] == "managedidentity"
            ? new ManagedIdentityCredential(section["clientId"] is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential();
}
