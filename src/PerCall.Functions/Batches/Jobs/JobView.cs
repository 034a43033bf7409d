using PerCall.Client.Wire;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Converts jobs to the form of the API.</summary>
public sealed class JobView(TaskScorers scorers)
{
    public const string Window = "24h";

    public Batch Of(Job job) => new()
    {
        Id = job.Id,
        Endpoint = job.Order.Task is { } task ? scorers.Of(task).Endpoint : job.Order.Endpoint!,
        Errors = FaultOf(job) is { } fault ? new([new(fault.Code, fault.Message, fault.Param, fault.Line)]) : null,
        InputFileId = job.Order.InputFile,
        InputFile = Uri.UnescapeDataString(job.Order.Input.FileName),
        CompletionWindow = Window,
        Status = StatusOf(job),
        OutputFileId = job.Result?.OutputBytes is null || job.IsOpen ? null : FileIds.Of(job.Id, ResultFile.Output),
        ErrorFileId = job.Result?.ErrorBytes is null || job.IsOpen ? null : FileIds.Of(job.Id, ResultFile.Errors),
        CreatedAt = job.CreatedAt.ToUnixTimeSeconds(),
        InProgressAt = job.StartedAt?.ToUnixTimeSeconds(),
        ExpiresAt = job.ExpiresAt.ToUnixTimeSeconds(),
        FinalizingAt = job.Ending == JobEnding.Completed ? job.FinishingAt?.ToUnixTimeSeconds() : null,
        CompletedAt = EndedAs(job, JobEnding.Completed),
        FailedAt = EndedAs(job, JobEnding.Failed),
        ExpiredAt = EndedAs(job, JobEnding.Expired),
        CancellingAt = job.CancelledAt?.ToUnixTimeSeconds(),
        CancelledAt = EndedAs(job, JobEnding.Cancelled),
        RequestCounts = CountsOf(job),
        Metadata = job.Order.Metadata,
        Model = job.Plan is { ModelName.Length: > 0 } plan ? plan.Model : job.Order.Model,
        Progress = job.Stage == JobStage.Run ? ProgressOf(job) : null,
        Cost = job.Plan is { } priced ? CostOf(job, priced) : null,
    };

    public static string StatusOf(Job job) => (job.Stage, job.Ending) switch
    {
        (JobStage.Ended, JobEnding.Completed) => "completed",
        (JobStage.Ended, JobEnding.Cancelled) => "cancelled",
        (JobStage.Ended, JobEnding.Expired) => "expired",
        (JobStage.Ended, _) => "failed",
        (_, JobEnding.Cancelled) => "cancelling",
        (JobStage.Finish, _) or (_, not null) => "finalizing",
        (JobStage.Run, _) => "in_progress",
        _ => "validating",
    };

    private static JobFault? FaultOf(Job job) => job.Charge.State == ChargeState.Undecided
        ? new(
            "charge_undecided",
            "It is unknown whether the batch was charged, because storage lost the record. The operator settles the charge; "
                + "then the batch ends with its results.")
        : job.Fault;

    private static long? EndedAs(Job job, JobEnding ending) => job.Ending == ending ? job.EndedAt?.ToUnixTimeSeconds() : null;

    private static BatchCounts CountsOf(Job job)
    {
        var rows = job.Result?.Rows ?? job.Progress.Rows;
        // Empty lines that were counted as rows are known only when all lines have been read.
        return new(job is { Result: not null, Ending: JobEnding.Completed } ? rows.All : job.Plan?.Rows ?? 0, rows.Delivered, rows.Failed);
    }

    private static BatchProgress ProgressOf(Job job) => new(
        Math.Round(Pace.RowsPerSecond(job.Progress), 1),
        Pace.Left(job) is { } left ? Math.Round(left.TotalSeconds, 1) : null,
        job.Progress.Running,
        job.Plan!.Shards,
        job.Progress.Done);

    private static BatchCost CostOf(Job job, JobPlan plan) => new(
        plan.Currency,
        plan.Price.Micros,
        plan.Price.Per,
        job.IsOpen ? job.Hold?.Money ?? 0 : 0,
        job.IsOpen || job.Result is null ? null
            : plan.Calls is null ? BatchUnits.Of(plan.Price, job.Result.Rows)
            : job.Charge.Lines?.Sum(l => l.Units) ?? 0,
        job.IsOpen ? null : job.Charge.FreeUnits,
        job.IsOpen ? null : job.Charge.Amount)
    {
        Lines = job.IsOpen ? null : job.Charge.Lines?
            .Select(l => new BatchCostLine(l.Price.Unit, l.Price.Micros, l.Price.Per, l.Units, l.FreeUnits, l.Amount)
            {
                Model = l.ByFallback ? $"{plan.Fallback!.Model}/{plan.Fallback.Version}" : null,
            }).ToList(),
    };
}
