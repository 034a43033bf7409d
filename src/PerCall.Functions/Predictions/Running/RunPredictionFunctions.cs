using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Predictions.Running;

/// <summary>Runs predictions as their messages arrive. Fails predictions whose messages became poison messages.</summary>
public sealed class RunPredictionFunctions(PredictionRunner runner)
{
    [Function("RunPrediction")]
    public Task Run([QueueTrigger(PredictionQueue.Name)] WorkMessage message, CancellationToken cancellation) =>
        runner.RunAsync(message.Account, message.Item, cancellation);

    [Function("FailPrediction")]
    public Task Fail([QueueTrigger(PredictionQueue.Poison)] WorkMessage message, CancellationToken cancellation) =>
        runner.GiveUpAsync(
            message.Account, message.Item, "prediction_failed", "The prediction failed after several attempts.", cancellation);
}
