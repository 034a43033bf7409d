using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>Removes all that is known of an account's jobs. What is under way ends by itself: whoever works on it finds that there is no such job.</summary>
internal sealed class JobErasure(JobTable jobs, ShardTable shards, IOptions<BatchOptions> options, TimeProvider time)
{
    /// <summary>Clocks differ, and what was begun while an address worked may take its time.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    /// <returns>How many jobs there were.</returns>
    public async Task<int> RemoveAsync(string account, CancellationToken cancellation)
    {
        await jobs.MarkErasedAsync(account, time.GetUtcNow() + options.Value.AddressLifetime + Late, cancellation);
        await jobs.RemoveNotesAsync(account, cancellation);
        var count = 0;
        await foreach (var job in jobs.ListAsync(account, after: null, cancellation))
        {
            // Nobody looks after it any more; then nobody goes on with it; and it goes last, so that an erasure that was interrupted finds it again.
            await jobs.CloseAsync(account, job.Id, cancellation);
            await jobs.ChangeAsync(account, job.Id, j => j.IsOpen ? j with { Stage = JobStage.Ended } : null, cancellation);
            await shards.RemoveAsync(job.Id, cancellation);
            await jobs.RemoveAsync(account, job.Id, cancellation);
            count++;
        }

        return count;
    }
}
