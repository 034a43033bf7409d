using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Transfers;

/// <summary>Registers addresses for uploads and downloads, and the transfers that go through the service.</summary>
public static class TransferServices
{
    /// <param name="builder">The service's builder.</param>
    /// <param name="hostBytes">The longest request body in bytes that the host accepts; null when it sets no limit.</param>
    public static void AddTransfers(this IHostApplicationBuilder builder, long? hostBytes)
    {
        var services = builder.Services;
        services.AddOptions<TransferOptions>().BindConfiguration(TransferOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<TransferOptions>, TransferOptionsCheck>();
        builder.RequireContainer(TicketKeys.Container, kept: false);
        builder.KeepContainer(TicketKeys.Container, kept: null);
        services.AddSingleton<Addresses>();
        services.AddSingleton<TransferPlaces>();
        services.AddSingleton(s => new UploadLimit(s.GetRequiredService<IOptions<TransferOptions>>().Value, hostBytes));
        services.AddSingleton(s => new TransferTickets(s.GetService<IDataProtectionProvider>(), s.GetRequiredService<TimeProvider>()));
        if (builder.Configuration.GetValue<bool>($"{TransferOptions.Section}:{nameof(TransferOptions.ThroughService)}"))
        {
            // The name is part of the encryption, and otherwise is the program's folder.
            services.AddDataProtection().SetApplicationName("percall");
            services.AddOptions<KeyManagementOptions>().Configure<BlobContainers>(
                (keys, containers) => keys.XmlRepository = new TicketKeys(containers[TicketKeys.Container]));
            // It warns of each new key that it is not encrypted by another key (see TicketKeys).
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        }
    }
}
