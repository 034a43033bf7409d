using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Metering.Journal;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Metering;

internal static class MeteringServices
{
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.RequireContainer(JournalContainer.Name);
        services.AddOptions<MeteringOptions>().BindConfiguration(MeteringOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        // The built-in host has a clock among its services; Azure's worker has none.
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new JournalContainer(
            StorageServices.CreateBlobs(s.GetRequiredService<IConfiguration>(), JournalContainer.Options()).GetBlobContainerClient(JournalContainer.Name)));
        services.AddSingleton(new JournalLimits());
        services.AddSingleton<JournalHours>();
        services.AddSingleton<JournalReader>();
        services.AddSingleton<JournalFence>();
        services.AddSingleton<UsageJournal>();
        services.AddHostedService(s => s.GetRequiredService<UsageJournal>());
    }
}
