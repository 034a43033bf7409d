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
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Storage;

/// <summary>
/// Registers two storage accounts. <c>AzureWebJobsStorage</c> has queues and blobs that are removed for good. <c>PerCallKeptStorage</c> has
/// tables, and blobs that the account lets an operator restore. Without that setting, the first account has everything. Both take the forms
/// that the Functions host reads: a connection string (Azurite), or <c>__accountName</c> / <c>__blobServiceUri</c> with an identity.
/// </summary>
public static class StorageServices
{
    public const string Setting = ServiceCredential.Setting;
    public const string KeptSetting = "PerCallKeptStorage";

    // All requests to tables and queues are small. With the client's default of 100 seconds, a response that never comes would delay a
    // batch for that long.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Registers the clients. Also registers the creation (or, by <see cref="StorageOptions.Create"/>, the verification) of everything that
    /// slices declare with <see cref="RequireTable"/>, <see cref="RequireContainer"/> and <see cref="RequireQueue"/>.
    /// </summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => CreateContainers(services));
        builder.Services.AddSingleton(services => CreateTables(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton(services => CreateQueues(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddHostedService<StorageLayout>();
        builder.Services.AddSingleton(s => new BackupContainer(s.GetRequiredService<BlobContainers>()[BackupContainer.Name]));
        builder.Services.AddSingleton<RestoredTables>();
    }

    /// <summary>Ensures that a table exists before the service accepts calls.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="name">The table's name. A table whose rows others refer to is registered before them.</param>
    /// <param name="backup">What happens to its rows in a backup.</param>
    public static void RequireTable(this IHostApplicationBuilder builder, string name, TableBackupRule backup) =>
        builder.Services.AddSingleton(new RequiredTable(name, backup));

    /// <summary>Ensures that a blob container exists before the service accepts calls.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="name">The container's name.</param>
    /// <param name="kept">
    /// False: the container is in the account whose blobs are removed for good. True: in the one whose blobs can be restored.
    /// </param>
    /// <param name="ofLostRows">
    /// True: its blobs belong to rows that are in no backup, and only those rows lead to their removal. After a restore they are removed.
    /// </param>
    public static void RequireContainer(this IHostApplicationBuilder builder, string name, bool kept, bool ofLostRows = false) =>
        builder.Services.AddSingleton(new RequiredContainer(name, kept, ofLostRows));

    /// <summary>Ensures that a queue exists before the service accepts calls.</summary>
    public static void RequireQueue(this IHostApplicationBuilder builder, string name) =>
        builder.Services.AddSingleton(new RequiredQueue(name));

    /// <summary>Creates clients of the declared containers, with options of their own.</summary>
    public static BlobContainers CreateContainers(IServiceProvider services, BlobClientOptions? options = null)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        return new(
            CreateBlobs(configuration, kept: false, options), CreateBlobs(configuration, kept: true, options),
            services.GetServices<RequiredContainer>());
    }

    /// <summary>Creates the client of an account. Slices use <see cref="BlobContainers"/>, which knows each container's account.</summary>
    public static BlobServiceClient CreateBlobs(IConfiguration configuration, bool kept, BlobClientOptions? options = null) =>
        Create(
            configuration, kept, "blob", connection =>
                new BlobServiceClient(connection, options), (address, identity) => new BlobServiceClient(address, identity, options));

    public static TableServiceClient CreateTables(IConfiguration configuration, TableClientOptions? options = null)
    {
        options ??= new() { Retry = { NetworkTimeout = AnswerTimeout } };
        return new FormattedTables(Create(
            configuration, kept: true, "table", connection =>
                new TableServiceClient(connection, options), (address, identity) => new TableServiceClient(address, identity, options)));
    }

    /// <summary>Creates the queue client. Messages are sent in base64, as the host expects (<c>messageEncoding</c> of host.json).</summary>
    public static QueueServiceClient CreateQueues(IConfiguration configuration)
    {
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64, Retry = { NetworkTimeout = AnswerTimeout } };
        return Create(
            configuration, kept: false, "queue", connection =>
                new QueueServiceClient(connection, options), (address, identity) => new QueueServiceClient(address, identity, options));
    }

    private static T Create<T>(
        IConfiguration configuration, bool kept, string service, Func<string, T> byConnection, Func<Uri, TokenCredential, T> byIdentity)
    {
        var setting = kept && configuration.GetSection(KeptSetting) is var own && (own.Value is { Length: > 0 } || own.GetChildren().Any())
            ? KeptSetting
            : Setting;
        var section = configuration.GetSection(setting);
        if (section.Value is { Length: > 0 } connection)
        {
            try
            {
                return byConnection(connection);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
            {
                throw Unfit(setting, $"{setting} is not a valid connection string for {service}s: {e.Message}");
            }
        }

        var address = section[$"{service}ServiceUri"] ?? (
            section["accountName"] is { Length: > 0 } account ? $"https://{account}.{service}.core.windows.net" : null);
        return address is not null
            ? byIdentity(new Uri(address), ServiceCredential.From(configuration, setting))
            : throw Unfit(
                setting,
                $"No storage account is set; set {setting} (a connection string), {setting}__accountName or "
                    + $"{setting}__{service}ServiceUri.");
    }

    private static OptionsValidationException Unfit(string setting, string fault) => new(setting, typeof(StorageOptions), [fault]);
}
