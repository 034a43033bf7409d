using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Upkeep;

/// <summary>
/// Runs all work of every minute in one function. Azure bills each run of a function for at least one second, so a separate timer per
/// chore would cost more than everything else that an idle service does.
/// </summary>
public sealed class MinuteFunction(MinuteChores chores)
{
    [Function("EveryMinute")]
    public Task Run([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation) =>
        chores.RunAsync(cancellation);
}
