using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Journal;

/// <summary>Registers the journal's writer, readers and fence.</summary>
public static class JournalServices
{
    public static void AddJournal(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.RequireContainer(JournalContainer.Name, kept: true);
        builder.KeepContainer(JournalContainer.Name, "the journal of charges, which accounting law requires");
        builder.RequireTable(JournalHours.Table, TableBackupRule.Rebuilt("the roll-up moves its hour on again"));
        builder.KeepTable(JournalHours.Table, kept: null);
        services.AddOptions<MeteringOptions>().BindConfiguration(MeteringOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        // The built-in host registers a clock; Azure's worker does not.
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new JournalContainer(Get<BlobContainers>(s)[JournalContainer.Name]));
        services.AddSingleton(new JournalLimits());
        services.AddSingleton(s => new JournalHours(Get<TableServiceClient>(s).GetTableClient(JournalHours.Table)));
        services.AddSingleton<JournalReader>();
        services.AddSingleton<JournalFence>();
        services.AddSingleton<ChargeIntents>();
        services.AddSingleton(s =>
        {
            var own = new JournalContainer(
                StorageServices.CreateContainers(s, JournalContainer.WriterOptions())[JournalContainer.Name]);
            return new UsageJournal(
                own, Get<JournalHours>(s), Get<JournalLimits>(s), Get<IOptions<MeteringOptions>>(s), Get<TimeProvider>(s),
                Get<ILogger<UsageJournal>>(s))
            {
                Written = Get<UpkeepClock>(s).Wake,
            };
        });
        services.AddHostedService(s => s.GetRequiredService<UsageJournal>());
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
