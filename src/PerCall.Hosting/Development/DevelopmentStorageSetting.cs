using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Development;

/// <summary>The storage setting on a developer's machine.</summary>
internal static class DevelopmentStorageSetting
{
    private const string UsedKey = "PerCall:Hosting:UsesDevelopmentStorage";

    /// <summary>In development, sets a missing AzureWebJobsStorage to the emulator, on the ports of <paramref name="options"/>.</summary>
    public static void Apply(IConfigurationManager configuration, HostingOptions options)
    {
        var storage = configuration.GetSection(StorageConnections.HostConnection);
        var missing = string.IsNullOrEmpty(storage.Value) && !storage.GetChildren().Any();
        if (!missing && storage.Value?.Trim().TrimEnd(';') != StorageConnections.Development)
        {
            return;
        }

        configuration[UsedKey] = "true";
        configuration[StorageConnections.HostConnection] = options.DevelopmentStoragePort == new HostingOptions().DevelopmentStoragePort
            ? StorageConnections.Development
            : AzuritePorts.From(options.DevelopmentStoragePort).ConnectionString;
    }

    public static bool IsUsed(IConfiguration configuration) => configuration[UsedKey] == "true";
}
