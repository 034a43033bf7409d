using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Removes all that is known of an account's jobs. What is under way ends by itself: whoever works on it finds that there is no such job.
/// </summary>
public sealed class JobErasure(JobTable jobs, ShardTable shards, IOptions<BatchOptions> options, TimeProvider time) : ITenantData
{
    /// <summary>Clocks differ, and what was begun while an address worked may take its time.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    public IReadOnlyCollection<string> Stores => [TenantDataServices.Table(JobTable.Name), TenantDataServices.Table(ShardTable.Name)];

    public string Count => nameof(ErasedTenant.Batches);

    public async Task<int> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        await jobs.MarkErasedAsync(account, time.GetUtcNow() + options.Value.AddressLifetime + Late, cancellationToken);
        var count = 0;
        await foreach (var job in jobs.ListAsync(account, after: null, cancellationToken))
        {
            // Nobody looks after it any more; then nobody goes on with it; and it goes last, so that an erasure that was interrupted finds
            // it again.
            await jobs.CloseAsync(account, job.Id, cancellationToken);
            await jobs.ChangeAsync(account, job.Id, j => j.IsOpen ? j with { Stage = JobStage.Ended } : null, cancellationToken);
            await shards.RemoveAsync(job.Id, cancellationToken);
            await jobs.RemoveAsync(account, job.Id, cancellationToken);
            count++;
        }

        await jobs.RemoveNotesAsync(account, cancellationToken);
        return count;
    }
}
