using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Upkeep;

/// <summary>
/// Starts a round of all chores every 15 minutes, for work whose message was lost or that is due at a time. It is the app's only timer,
/// because Azure bills each run of a function for at least one second. A missed run is made up for at the next start.
/// </summary>
public sealed class UpkeepFunction(UpkeepRounds rounds)
{
    [Function("Upkeep")]
    public Task Run([TimerTrigger("0 */15 * * * *")] TimerInfo timer, CancellationToken cancellation) => rounds.RunAsync(cancellation);
}
