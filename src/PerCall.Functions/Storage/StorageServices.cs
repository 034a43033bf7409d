using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Backups;
using PerCall.Functions.Credentials;

namespace PerCall.Functions.Storage;

/// <summary>
/// Registers the storage account of the setting <c>AzureWebJobsStorage</c>, in the forms that the Functions host reads: a connection string
/// (Azurite), or <c>AzureWebJobsStorage__accountName</c> / <c>__blobServiceUri</c> with an identity.
/// </summary>
public static class StorageServices
{
    public const string Setting = ServiceCredential.Setting;

    // All requests to tables and queues are small. With the client's default of 100 seconds, a response that never comes would delay a
    // batch for that long.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Registers the clients. Also registers the creation (or, by <see cref="StorageOptions.Create"/>, the verification) of everything that
    /// slices declare with <see cref="RequireTable"/>, <see cref="RequireContainer"/> and <see cref="RequireQueue"/>.
    /// </summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => CreateBlobs(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton(services => CreateTables(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton(services => CreateQueues(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        builder.Services.AddHostedService<StorageLayout>();
        builder.Services.AddSingleton(s => new BackupContainer(
            s.GetRequiredService<BlobServiceClient>().GetBlobContainerClient(BackupContainer.Name)));
        builder.Services.AddSingleton<RestoredTables>();
    }

    /// <summary>Ensures that a table exists before the service accepts calls.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="name">The table's name. A table whose rows others refer to is registered before them.</param>
    /// <param name="backup">What happens to its rows in a backup.</param>
    public static void RequireTable(this IHostApplicationBuilder builder, string name, TableBackupRule backup) =>
        builder.Services.AddSingleton(new RequiredTable(name, backup));

    /// <summary>Ensures that a blob container exists before the service accepts calls.</summary>
    public static void RequireContainer(this IHostApplicationBuilder builder, string name) =>
        builder.Services.AddSingleton(new RequiredContainer(name));

    /// <summary>Ensures that a queue exists before the service accepts calls.</summary>
    public static void RequireQueue(this IHostApplicationBuilder builder, string name) =>
        builder.Services.AddSingleton(new RequiredQueue(name));

    public static BlobServiceClient CreateBlobs(IConfiguration configuration, BlobClientOptions? options = null) =>
        Create(
            configuration, "blob", connection =>
                new BlobServiceClient(connection, options), (address, identity) => new BlobServiceClient(address, identity, options));

    public static TableServiceClient CreateTables(IConfiguration configuration, TableClientOptions? options = null)
    {
        options ??= new() { Retry = { NetworkTimeout = AnswerTimeout } };
        return Create(
            configuration, "table", connection =>
                new TableServiceClient(connection, options), (address, identity) => new TableServiceClient(address, identity, options));
    }

    /// <summary>Creates the queue client. Messages are sent in base64, as the host expects (<c>messageEncoding</c> of host.json).</summary>
    public static QueueServiceClient CreateQueues(IConfiguration configuration)
    {
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64, Retry = { NetworkTimeout = AnswerTimeout } };
        return Create(
            configuration, "queue", connection =>
                new QueueServiceClient(connection, options), (address, identity) => new QueueServiceClient(address, identity, options));
    }

    private static T Create<T>(
        IConfiguration configuration, string service, Func<string, T> byConnection, Func<Uri, TokenCredential, T> byIdentity)
    {
        var section = configuration.GetSection(Setting);
        if (section.Value is { Length: > 0 } connection)
        {
            try
            {
                return byConnection(connection);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
            {
                throw Unfit($"{Setting} is not a valid connection string for {service}s: {e.Message}");
            }
        }

        var address = section[$"{service}ServiceUri"] ?? (
            section["accountName"] is { Length: > 0 } account ? $"https://{account}.{service}.core.windows.net" : null);
        return address is not null
            ? byIdentity(new Uri(address), ServiceCredential.From(configuration))
            : throw Unfit(
                $"No storage account is set; set {Setting} (a connection string), {Setting}__accountName or "
                    + $"{Setting}__{service}ServiceUri.");
    }

    private static OptionsValidationException Unfit(string fault) => new(Setting, typeof(StorageOptions), [fault]);
}
