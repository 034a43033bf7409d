using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Predictions.Running;

/// <summary>A prediction whose message was lost goes on within minutes; those that are no longer kept are removed every hour.</summary>
public sealed class SweepPredictionsFunctions(PredictionSweep sweep)
{
    [Function("ExpirePredictions")]
    public Task Expire([TimerTrigger("0 37 * * * *")] TimerInfo timer, CancellationToken cancellation) => sweep.ExpireAsync(cancellation);
}
