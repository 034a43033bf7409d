using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Upkeep;

/// <summary>
/// All that is done every minute, in one function: on Azure each run of a function is paid for with a second at least, and a timer of its
/// own for each chore would cost more than all else that an idle service does.
/// </summary>
public sealed class MinuteFunction(MinuteChores chores)
{
    [Function("EveryMinute")]
    public Task Run([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation) =>
        chores.RunAsync(cancellation);
}
