using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Advances batches when their messages arrive, and removes expired batches every hour.</summary>
public sealed class StepFunctions(JobStepper stepper, ExpiredJobs expired)
{
    [Function("StepBatch")]
    public Task Step([QueueTrigger(StepQueue.Name)] QueueMessage message, CancellationToken cancellation) =>
        stepper.StepAsync(StepQueue.Parse(message.Body), cancellation);

    [Function("RemoveExpiredBatches")]
    public Task Remove([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellation) => expired.RemoveAsync(cancellation);
}
