using Azure.Core;
using Azure.Data.Tables;
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

    /// <summary>Registers the clients, and the making of all that slices have declared by <see cref="RequireTable"/> and <see cref="RequireContainer"/>.</summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => CreateBlobs(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton(services => CreateTables(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddHostedService<StorageLayout>();
    }

    /// <summary>Has a table made before the service takes calls.</summary>
    public static void RequireTable(this IHostApplicationBuilder builder, string name) => builder.Services.AddSingleton(new RequiredTable(name));

    /// <summary>Has a blob container made before the service takes calls.</summary>
    public static void RequireContainer(this IHostApplicationBuilder builder, string name) => builder.Services.AddSingleton(new RequiredContainer(name));

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

    public static TableServiceClient CreateTables(IConfiguration configuration, TableClientOptions? options = null)
    {
        var section = configuration.GetSection(Setting);
        if (!string.IsNullOrEmpty(section.Value))
        {
            return new TableServiceClient(section.Value, options);
        }

        var address = section["tableServiceUri"] ?? (section["accountName"] is { Length: > 0 } account ? $"https://{account}.table.core.windows.net" : null);
        return address is not null
            ? new TableServiceClient(new Uri(address), Identity(section), options)
            : throw new InvalidOperationException($"No storage account is set: {Setting} (a connection string), {Setting}__accountName or {Setting}__tableServiceUri.");
    }

    private static TokenCredential Identity(IConfigurationSection section) =>
        section["credential"] == "managedidentity"
            ? new ManagedIdentityCredential(section["clientId"] is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential();
}
