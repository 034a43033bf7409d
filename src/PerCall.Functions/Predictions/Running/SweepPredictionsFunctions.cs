using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Resumes predictions whose messages were lost, within minutes. Deletes expired predictions every hour.</summary>
public sealed class SweepPredictionsFunctions(PredictionSweep sweep)
{
    [Function("ExpirePredictions")]
    public Task Expire([TimerTrigger("0 37 * * * *")] TimerInfo timer, CancellationToken cancellation) => sweep.ExpireAsync(cancellation);
}
