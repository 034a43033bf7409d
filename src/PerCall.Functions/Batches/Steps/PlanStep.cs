using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Finds out what the file is, and cuts it. A file that has to be read for that may take minutes.</summary>
internal sealed class PlanStep(JobPlanner planner)
{
    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = await planner.PlanAsync(job, cancellation);
        return new(job with { Plan = plan, Stage = plan.Counts > 0 ? JobStage.Count : JobStage.Reserve });
    }
}
