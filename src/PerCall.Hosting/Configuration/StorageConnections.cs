using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.Configuration;

/// <summary>
/// Storage accounts by connection name. A connection is a setting with a connection string, or a section with <c>accountName</c>,
/// <c>blobServiceUri</c> or <c>queueServiceUri</c>, which uses the application's identity.
/// </summary>
internal sealed class StorageConnections(IConfiguration configuration, HostingOptions options)
{
    public const string HostConnection = "AzureWebJobsStorage";

    /// <summary>Connection string of the local emulator.</summary>
    public const string Development = "UseDevelopmentStorage=true";

    /// <summary>Returns what is wrong with a connection that <paramref name="user"/> needs; null when it is valid.</summary>
    public static string? FindFault(IConfiguration configuration, string? name, string user)
    {
        name ??= HostConnection;
        if (!string.IsNullOrEmpty(configuration[name]))
        {
            try
            {
                _ = new BlobServiceClient(configuration[name]);
                return null;
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
            {
                return $"Setting '{name}', which {user} needs, is not a storage connection string: {e.Message}";
            }
        }

        var section = configuration.GetSection(name);
        if (section["accountName"] is null && section["blobServiceUri"] is null && section["queueServiceUri"] is null)
        {
            return $"Setting '{name}', which {user} needs, is missing; set it to a storage connection string, " +
                $"or set '{name}__accountName' to the account's name.";
        }

        return section["credential"] is not null and not "managedidentity"
            ? $"Setting '{name}__credential' is '{section["credential"]}'; allowed: managedidentity, or leave it out."
            : null;
    }

    public BlobServiceClient Blobs(string? name, BlobClientOptions? clientOptions = null) =>
        configuration[name ??= HostConnection] is { Length: > 0 } connection
            ? new BlobServiceClient(connection, clientOptions)
            : new BlobServiceClient(ServiceUri(name, "blob"), Credential(name), clientOptions);

    /// <summary>Returns a queue client that passes message texts unchanged.</summary>
    public QueueServiceClient Queues(string? name) =>
        // The client's default is 100 seconds.
        Queues(name, new QueueClientOptions { Retry = { NetworkTimeout = options.AnswerTimeout } });

    /// <summary>
    /// Returns the same client without retries, for callers that retry themselves and have to see a failure at once. The client's five
    /// retries silently take 25 seconds when connections are refused, and two minutes when there is no response.
    /// </summary>
    public QueueServiceClient QueuesWithoutRetries(string? name) =>
        Queues(name, new QueueClientOptions { Retry = { NetworkTimeout = options.AnswerTimeout, MaxRetries = 0 } });

    private QueueServiceClient Queues(string? name, QueueClientOptions clientOptions) =>
        configuration[name ??= HostConnection] is { Length: > 0 } connection
            ? new QueueServiceClient(connection, clientOptions)
            : new QueueServiceClient(ServiceUri(name, "queue"), Credential(name), clientOptions);

    private Uri ServiceUri(string name, string service)
    {
        var section = configuration.GetSection(name);
        if (section[$"{service}ServiceUri"] is { } uri)
        {
            return new Uri(uri);
        }

        // Each of the two URIs can be derived from the other.
        var account = section["accountName"]
            ?? new Uri((section["blobServiceUri"] ?? section["queueServiceUri"])!).Host.Split('.')[0];
        return new Uri($"https://{account}.{service}.core.windows.net");
    }

    private TokenCredential Credential(string name)
    {
        var section = configuration.GetSection(name);
        return section["credential"] == "managedidentity"
            ? new ManagedIdentityCredential(section["clientId"] is { } clientId
                ? ManagedIdentityId.FromUserAssignedClientId(clientId)
                : ManagedIdentityId.SystemAssigned)
            : new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = section["clientId"] });
    }
}
