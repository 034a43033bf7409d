using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Advances batches when their messages arrive.</summary>
public sealed class StepFunctions(JobStepper stepper)
{
    [Function("StepBatch")]
    public Task Step([QueueTrigger(StepQueue.Name)] QueueMessage message, CancellationToken cancellation) =>
        stepper.StepAsync(StepQueue.Parse(message.Body), cancellation);
}
