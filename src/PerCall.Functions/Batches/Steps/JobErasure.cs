using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Removes all data of an account's jobs. Running work stops by itself when it finds that its job no longer exists.</summary>
public sealed class JobErasure(JobTable jobs, ShardTable shards, IOptions<BatchOptions> options, TimeProvider time) : ITenantData
{
    /// <summary>The allowance for clock differences and for uploads that start while an address is valid but end later.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    public IReadOnlyCollection<string> Stores => [TenantDataServices.Table(JobTable.Name), TenantDataServices.Table(ShardTable.Name)];

    public string Count => nameof(ErasedTenant.Batches);

    public async Task<int> RemoveAsync(string account, CancellationToken cancellationToken)
    {
        await jobs.MarkErasedAsync(account, time.GetUtcNow() + options.Value.AddressLifetime + Late, cancellationToken);
        var count = 0;
        await foreach (var job in jobs.ListAsync(account, after: null, cancellationToken))
        {
            // First stop the watch from finding the job, then stop its processing. Remove the job last, so that an interrupted erasure
            // finds it again.
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
