using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Upkeep;

/// <summary>Registers the chores of all slices, and the clock that runs them.</summary>
public static class UpkeepServices
{
    public static void AddUpkeep(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(UpkeepTable.Name);
        builder.KeepTable(UpkeepTable.Name, kept: null);
        var services = builder.Services;
        services.AddOptions<UpkeepOptions>().BindConfiguration(UpkeepOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<UpkeepTable>();
        services.AddSingleton<Chores>();
        services.AddSingleton<UpkeepRounds>();
        services.AddSingleton<UpkeepClock>();
        services.AddHostedService(s => s.GetRequiredService<UpkeepClock>());
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
