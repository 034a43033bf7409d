using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Backups;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Backups;

/// <summary>Registers the nightly backup, and the completion of a restore.</summary>
public static class BackupServices
{
    public static void AddBackups(this IHostApplicationBuilder builder)
    {
        builder.RequireContainer(BackupContainer.Name, kept: true);
        builder.KeepContainer(
            BackupContainer.Name,
            "backups of tables, which are removed when their time is over and are never restored for an erased tenant",
            copiesKept: s => s.GetRequiredService<IOptions<BackupOptions>>().Value.Kept);
        var services = builder.Services;
        services.AddOptions<BackupOptions>().BindConfiguration(BackupOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<NightlyBackup>();
        services.AddSingleton<RestoreCompletion>();
        services.AddHostedService(s => s.GetRequiredService<RestoreCompletion>());
        builder.EachRound<NightlyBackup>("backup", (backup, cancellation) => backup.RunAsync(cancellation));
        builder.EachRound<RestoreCompletion>("restore", (restore, cancellation) => restore.CompleteAsync(cancellation));
    }
}
