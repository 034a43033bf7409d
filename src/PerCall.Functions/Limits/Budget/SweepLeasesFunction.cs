using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Limits.Budget;

/// <summary>Budgets that a dead instance held are free again within about two minutes, also where nobody needs them now.</summary>
public sealed class SweepLeasesFunction(LeaseSweep sweep)
{
    [Function("SweepLeases")]
    public Task Run([TimerTrigger("20 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation) => sweep.RunAsync(cancellation);
}
