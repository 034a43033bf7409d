using PerCall.Inference.Publishing;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Reports the models that open batches use.</summary>
public sealed class ModelsOfJobs(JobTable table) : IModelUse
{
    public async Task<IReadOnlyList<ModelUser>> FindAsync(string name, string? version, CancellationToken cancellation)
    {
        var found = new List<ModelUser>();
        await foreach (var (account, id, _) in table.OpenAsync(cancellation))
        {
            // Large models are not published, so calls on them use no package.
            if (await table.FindAsync(account, id, cancellation) is { Job: { IsOpen: true, Order.Task: not null } job }
                && Runs(job, name, version))
            {
                found.Add(new("batch", id, VersionOf(job), $"the batch '{id}'"));
            }
        }

        return found;
    }

    private static string? VersionOf(Job job) =>
        job.Plan?.ModelVersion ?? (job.Order.Model?.Split('/') is [_, var version] ? version : null);

    /// <summary>
    /// Returns whether a job uses a model. A planned job runs one version. An unplanned job names only a model, or leaves it to the unread
    /// first row.
    /// </summary>
    private static bool Runs(Job job, string name, string? version) => job.Plan is { } plan
        ? plan.ModelName == name && (version is null || plan.ModelVersion == version)
        : job.Order.Model?.Split('/') switch
        {
            [var model] => model == name && version is null,
            [var model, var which] => model == name && (version is null || which == version),
            _ => false,
        };
}
