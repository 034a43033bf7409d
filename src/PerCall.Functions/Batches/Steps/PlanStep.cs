using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Detects the file's format and cuts the file. This can take minutes if the whole file must be read.</summary>
public sealed class PlanStep(JobPlanner planner)
{
    /// <summary>The number of attempts that run rows. Further attempts do not, because one of the first rows may end the process.</summary>
    private const int TriesThatRunRows = 2;

    /// <summary>Counts an attempt. The count is stored before planning starts.</summary>
    public static Step Begin(Job job) => new(job with { Plannings = job.Plannings + 1 });

    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = await planner.PlanAsync(job, runsRows: job.Plannings <= TriesThatRunRows, cancellation);
        return new(job with { Plan = plan, Stage = plan.Counts > 0 ? JobStage.Count : JobStage.Reserve });
    }
}
