using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Upkeep;

/// <summary>Registers the runner of all slices' chores.</summary>
public static class UpkeepServices
{
    public static void AddUpkeep(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MinuteChores>();
        builder.Services.AddSingleton<QueueLengths>();
        builder.EveryMinute<QueueLengths>("queues", (lengths, cancellation) => lengths.LookAsync(cancellation));
    }

    /// <summary>Registers work of a slice to run every minute.</summary>
    public static void EveryMinute<T>(
        this IHostApplicationBuilder builder, string name, Func<T, CancellationToken, Task> run) where T : notnull =>
        builder.Services.AddSingleton(s => new MinuteChore(name, cancellation => run(s.GetRequiredService<T>(), cancellation)));
}
