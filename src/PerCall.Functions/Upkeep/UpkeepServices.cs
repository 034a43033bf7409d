using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Upkeep;

/// <summary>Registers the chores of all slices, and the clock that runs them.</summary>
public static class UpkeepServices
{
    public static void AddUpkeep(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(UpkeepTable.Name, TableBackupRule.Rebuilt("the next round writes it again"));
        builder.KeepTable(UpkeepTable.Name, kept: null);
        var services = builder.Services;
        services.AddOptions<UpkeepOptions>().BindConfiguration(UpkeepOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => new UpkeepTable(s.GetRequiredService<TableServiceClient>().GetTableClient(UpkeepTable.Name)));
        services.AddSingleton<Chores>();
        services.AddSingleton<UpkeepRounds>();
        services.AddSingleton<UpkeepClock>();
        services.AddHostedService(s => s.GetRequiredService<UpkeepClock>());
        // A round needs no place, so it waits for no other kind of work. If it fails too often, the timer's round makes up for it.
        builder.HandleWork(s => new(RoundName.Kind, async (message, cancellation) =>
        {
            await s.GetRequiredService<UpkeepRounds>().RunAsync(message.Read(RoundJson.Default.RoundName).Round, cancellation);
            return true;
        })
        {
            GiveUpAsync = (_, _) => Task.CompletedTask,
        });
        services.AddSingleton<QueueLengths>();
        builder.EachRound<QueueLengths>("queues", async (lengths, cancellation) =>
        {
            await lengths.LookAsync(cancellation);
            return null;
        });
    }

    /// <summary>Registers work of a slice that runs in each round.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="name">The chore's name.</param>
    /// <param name="run">The work. Returns when open work needs it again; null: nothing is open.</param>
    public static void EachRound<T>(
        this IHostApplicationBuilder builder, string name, Func<T, CancellationToken, Task<DateTimeOffset?>> run) where T : notnull =>
        builder.Services.AddSingleton(
            s => new Chore(name, ChorePeriod.Round, cancellation => run(s.GetRequiredService<T>(), cancellation)));

    /// <summary>Registers work of a slice that runs in the first round of each hour.</summary>
    public static void EachHour<T>(this IHostApplicationBuilder builder, string name, Func<T, CancellationToken, Task> run)
        where T : notnull =>
        builder.Services.AddSingleton(s => new Chore(name, ChorePeriod.Hour, async cancellation =>
        {
            await run(s.GetRequiredService<T>(), cancellation);
            return null;
        }));
}
