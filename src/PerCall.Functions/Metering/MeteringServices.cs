using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Metering.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Metering.Usage;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Metering;

internal static class MeteringServices
{
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.RequireContainer(JournalContainer.Name);
        builder.RequireTable(UsageTable.Name);
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
        services.AddSingleton(s => new UsageTable(s.GetRequiredService<TableServiceClient>().GetTableClient(UsageTable.Name)));
        services.AddSingleton(s => new AccountCounter(s.GetRequiredService<UsageTable>()));
        services.AddSingleton(s => new UsageRollUp(
            s.GetRequiredService<JournalReader>(),
            s.GetRequiredService<JournalFence>(),
            s.GetRequiredService<JournalHours>(),
            s.GetRequiredService<UsageTable>(),
            s.GetRequiredService<AccountCounter>(),
            s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(s => s.GetRequiredService<UsageJournal>());
        services.AddSingleton<Charges>();
        services.AddSingleton<UsageQuery>();
        services.AddSingleton<AccountNames>();
        services.AddSingleton(s => new UsageReports(
            s.GetRequiredService<UsageQuery>(), s.GetRequiredService<UsageRollUp>(), s.GetRequiredService<UsageTable>(), s.GetRequiredService<AccountNames>()));
    }
}
