using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Removes expired batches every hour.</summary>
public sealed class StepFunctions(ExpiredJobs expired)
{
    [Function("RemoveExpiredBatches")]
    public Task Remove([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellation) => expired.RemoveAsync(cancellation);
}
