using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Gives out the parts of a large file for line counting and waits until all are counted.</summary>
public sealed class CountStep(
    ShardTable shards, ShardQueue queue, ShardPresence presence, JobPlanner planner, IOptions<BatchOptions> options, TimeProvider time)
{
    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = job.Plan!;
        var parts = await shards.LinesAsync(job.Id, cancellation).ToListAsync(cancellation);
        if (parts.Count < plan.Counts)
        {
            return new(await SendAsync(job, [.. parts.Select(p => p.Part)], cancellation), options.Value.LookInterval);
        }

        var counts = parts.SelectMany(p => LineCount.Unpack(p.Lines[..^1]));
        plan = await planner.KeepAsync(
            job,
            plan,
            LineCounter.Cuts(plan, counts, ends: parts[^1].Lines[^1] == 1),
            parts.Aggregate(default(CallBounds), (sum, p) => sum + p.Bounds),
            cancellation);
        return new(job with { Plan = plan, Stage = JobStage.Reserve, Progress = new() });
    }

    /// <summary>
    /// Sends all parts at first, after the job has been stored in the counting stage. Later sends only parts that no instance holds and no
    /// queued message will start.
    /// </summary>
    private async Task<Job> SendAsync(Job job, HashSet<int> counted, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        ProgressMark mark = new(now, counted.Count, 0);
        if (job.Progress.Marks is not [.., var last])
        {
            await queue.SendAsync(Missing(job, counted, []), cancellation);
        }
        else if (last.Dispatched == counted.Count)
        {
            if (now - last.Time <= presence.Patience || await queue.WaitingSinceAsync(cancellation) is not null)
            {
                return job;
            }

            var held = (await presence.ReadAsync(cancellation)).Where(h => h.Job == job.Id).Select(h => -1 - h.Shard).ToHashSet();
            await queue.SendAsync(Missing(job, counted, held), cancellation);
        }

        return job with { Progress = job.Progress with { Marks = [mark] } };
    }

    private static IEnumerable<ShardMessage> Missing(Job job, HashSet<int> counted, HashSet<int> held) =>
        Enumerable.Range(0, job.Plan!.Counts)
        .Where(p => !counted.Contains(p) && !held.Contains(p))
        .Select(p => new ShardMessage { Account = job.Account, Job = job.Id, Shard = p, Counts = true });
}
