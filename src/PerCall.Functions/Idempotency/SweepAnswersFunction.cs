using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Idempotency;

/// <summary>Deletes expired answers every hour.</summary>
public sealed class SweepAnswersFunction(AnswerSweep sweep)
{
    [Function("SweepAnswers")]
    public Task Run([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellation) => sweep.RunAsync(cancellation);
}
