using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Finds out what the file is, and cuts it. A file that has to be read for that may take minutes.</summary>
public sealed class PlanStep(JobPlanner planner)
{
    /// <summary>Further tries run no rows: one of the first may end the process.</summary>
    private const int TriesThatRunRows = 2;

    /// <summary>Notes that the planning is begun. It is written before anything is planned.</summary>
    public static Step Begin(Job job) => new(job with { Plannings = job.Plannings + 1 });

    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = await planner.PlanAsync(job, runsRows: job.Plannings <= TriesThatRunRows, cancellation);
        return new(job with { Plan = plan, Stage = plan.Counts > 0 ? JobStage.Count : JobStage.Reserve });
    }
}
