using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Inference;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Advances jobs. A job has one step at a time, started by a message with the job's tick. The receiver reads the job, runs the next step
/// and writes the job only if it is unchanged. A step can therefore run twice, and its instance can die during it: the next message, or the
/// watch, continues from the stored state.
/// </summary>
public sealed partial class JobStepper(
    JobTable table, StepMessages queue, ShardPresence presence, PlanStep plan, CountStep count, ReserveStep reserve, RunStep run,
    FinishStep finish, EndedJobs ended, TimeProvider time, ILogger<JobStepper> log)
{
    /// <summary>
    /// The time after which a continuing step hands over to a new message, so that the watch can find it if it is interrupted.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public async Task StepAsync(StepMessage message, CancellationToken cancellation)
    {
        using var held = presence.Hold(message.Job, HeldShard.OwnStep);
        var started = time.GetTimestamp();
        var isBegun = false;
        while (await table.FindAsync(
            message.Account, message.Job, cancellation) is { } stored && stored.Job is { IsOpen: true } job && job.Tick == message.Tick)
        {
            var begins = job.Stage == JobStage.Plan && !isBegun;
            var step = begins ? PlanStep.Begin(job) : await AdvanceAsync(stored, cancellation);
            var handsOver = step.Delay > TimeSpan.Zero || time.GetElapsedTime(started) > Longest;
            var next = step.Job with { Tick = job.Tick + (handsOver && step.Job.IsOpen ? 1 : 0), StepDue = time.GetUtcNow() + step.Delay };
            if (await table.TryUpdateAsync(step.Written ?? stored, next, cancellation) is null)
            {
                // The job was changed, for example cancelled. Read it again.
                continue;
            }

            isBegun |= begins;
            if (next.Stage != job.Stage)
            {
                LogStage(next.Id, next.Stage);
            }

            if (!next.IsOpen)
            {
                await ended.SeeToAsync(next, cancellation);
                return;
            }

            if (handsOver)
            {
                await queue.SendAsync(new(next.Account, next.Id, next.Tick), step.Delay, cancellation);
                return;
            }
        }
    }

    /// <summary>
    /// Decides about a step that failed too often. While the batch is open, the message stays in the poison queue, so that operators see
    /// it; the watch starts further attempts.
    /// </summary>
    /// <exception cref="InvalidOperationException">The batch is open.</exception>
    public async Task GiveUpAsync(StepMessage message, string? reason, CancellationToken cancellation)
    {
        if (await table.FindAsync(message.Account, message.Job, cancellation) is { Job.IsOpen: true })
        {
            throw new InvalidOperationException($"A step of {message.Job} failed too often, and the batch is still open: {reason}");
        }
    }

    private async Task<Step> AdvanceAsync(StoredJob stored, CancellationToken cancellation)
    {
        var job = stored.Job;
        if (job.Ending is null && time.GetUtcNow() >= job.ExpiresAt)
        {
            job = job with { Ending = JobEnding.Expired };
        }

        if (job is { Ending: not null, Stage: < JobStage.Finish })
        {
            return new(job with { Stage = JobStage.Finish, FinishingAt = time.GetUtcNow() });
        }

        try
        {
            return job.Stage switch
            {
                JobStage.Plan => await plan.RunAsync(job, cancellation),
                JobStage.Count => await count.RunAsync(job, cancellation),
                JobStage.Reserve => await reserve.RunAsync(job, cancellation),
                JobStage.Run => await run.RunAsync(job, cancellation),
                _ => await finish.RunAsync(stored with { Job = job }, cancellation),
            };
        }
        catch (Exception e) when (job.Stage < JobStage.Finish && FaultOf(e) is { } fault)
        {
            LogFailed(job.Id, fault.Code, fault.Message);
            return new(job with { Ending = JobEnding.Failed, Fault = fault, Stage = JobStage.Finish, FinishingAt = time.GetUtcNow() });
        }
    }

    /// <summary>Returns the fault of a permanent error; null: a retry may succeed.</summary>
    private static JobFault? FaultOf(Exception exception) => exception switch
    {
        RefusedException e when e.Status < 500 => new(e.Code, e.Message, e.Param),
        InputLostException e => new(e.Code, e.Message),
        ModelNotFoundException e => new(e.Code, e.Message, "model"),
        ModelCorruptException e => new(e.Code, e.Message, "model"),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Job} entered stage {Stage}")]
    private partial void LogStage(string job, JobStage stage);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Job} failed with {Code}: {Why}")]
    private partial void LogFailed(string job, string code, string why);
}
