using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>Counts usage every minute.</summary>
public sealed class RollUpFunction(UsageRollUp rollUp)
{
    [Function("RollUpUsage")]
    public Task Run([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellation) => rollUp.RunAsync(cancellation);
}
