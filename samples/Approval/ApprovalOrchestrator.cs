using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace PerCall.Samples.Approval;

/// <summary>
/// Quotes a file, asks for approval above a price, runs the batch and returns what it cost. The code is replayed after each step, so it
/// reads no clock and no setting, and does all input and output in activities.
/// </summary>
public static class ApprovalOrchestrator
{
    /// <summary>The orchestration's name.</summary>
    public const string Name = "Approval";

    /// <summary>The external event with a <see cref="Decision"/>.</summary>
    public const string DecisionEvent = "Decision";

    /// <summary>The external event with the id of a batch that has ended.</summary>
    public const string BatchEndedEvent = "BatchEnded";

    private static readonly TimeSpan LongestRetryInterval = TimeSpan.FromMinutes(10);

    /// <summary>Runs the orchestration on an <see cref="ApprovalInput"/>.</summary>
    [Function(Name)]
    public static async Task<ApprovalStatus> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<ApprovalInput>() ?? throw new ArgumentException("The orchestration has no input.");
        var retry = TaskOptions.FromRetryPolicy(new RetryPolicy(
            input.Attempts, input.RetryInterval, backoffCoefficient: 2, maxRetryInterval: LongestRetryInterval));

        var status = Report(context, new() { State = "quoting" });
        var quoted = await context.CallActivityAsync<Answer<Quote>>(nameof(PerCallActivities.QuoteBatch), input.Request, retry);
        if (quoted.Value is not { } quote)
        {
            return status with { State = "refused", Refusal = quoted.Refusal };
        }

        status = status with { Quote = quote };
        if (quote.Price > input.ApproveAbove)
        {
            status = Report(context, status with { State = "awaiting_approval" });
            if (await DecisionAsync(context, input.ApprovalTimeout) is not { } decision)
            {
                return status with { State = "approval_timed_out" };
            }

            status = status with { Decision = decision };
            if (!decision.Approved)
            {
                return status with { State = "rejected" };
            }
        }

        status = Report(context, status with { State = "starting" });
        var order = new BatchOrder(context.InstanceId, "start-batch", input.Request, input.Webhook, input.RequestedAt);
        var started = await context.CallActivityAsync<Answer<BatchState>>(nameof(PerCallActivities.StartBatch), order, retry);
        if (started.Value is not { } batch)
        {
            return status with { State = "refused", Refusal = started.Refusal };
        }

        status = Report(context, status with { State = "running", Batch = batch });
        var ended = await EndAsync(context, batch.Id, input, retry);
        return ended.Value is { } end
            ? status with { State = end.Status, Batch = end }
            : status with { State = "refused", Refusal = ended.Refusal };
    }

    private static ApprovalStatus Report(TaskOrchestrationContext context, ApprovalStatus status)
    {
        context.SetCustomStatus(status);
        return status;
    }

    /// <summary>The first decision; null on time-out.</summary>
    private static async Task<Decision?> DecisionAsync(TaskOrchestrationContext context, TimeSpan timeout)
    {
        try
        {
            return await context.WaitForExternalEvent<Decision>(DecisionEvent, timeout);
        }
        catch (TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits for the webhook, and polls in case it is lost. The webhook only ends the wait: PerCall's answer decides.</summary>
    private static async Task<Answer<BatchState>> EndAsync(
        TaskOrchestrationContext context, string id, ApprovalInput input, TaskOptions retry)
    {
        var webhook = context.WaitForExternalEvent<string>(BatchEndedEvent);
        for (var wait = input.FirstPoll; ; wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, input.LongestPoll.Ticks)))
        {
            using var noTimer = new CancellationTokenSource();
            await Task.WhenAny(webhook, context.CreateTimer(wait, noTimer.Token));
            // Not CancelAsync: an orchestrator continues on its own thread only.
            noTimer.Cancel();
            if (webhook.IsCompleted)
            {
                // The next poll waits for its own event.
                webhook = context.WaitForExternalEvent<string>(BatchEndedEvent);
            }

            var answer = await context.CallActivityAsync<Answer<BatchState>>(nameof(PerCallActivities.GetBatch), id, retry);
            if (answer.Value is not { HasEnded: false })
            {
                return answer;
            }
        }
    }
}
