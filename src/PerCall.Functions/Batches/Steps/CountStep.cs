using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Waits until all parts of a large file have been counted.</summary>
internal sealed class CountStep(ShardTable shards, ShardQueue queue, ShardPresence presence, JobPlanner planner, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public Task BeginAsync(Job job, CancellationToken cancellation) => queue.SendAsync(Enumerable.Range(0, job.Plan!.Counts).Select(p => MessageOf(job, p)), cancellation);

    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var plan = job.Plan!;
        var parts = await shards.LinesAsync(job.Id, cancellation).ToListAsync(cancellation);
        if (parts.Count < plan.Counts)
        {
            return new(await SendLostAsync(job, [.. parts.Select(p => p.Part)], cancellation), Pause);
        }

        var counts = parts.SelectMany(p => LineCount.Unpack(p.Lines[..^1]));
        plan = await planner.KeepAsync(job, plan, LineCounter.Cuts(plan, counts, ends: parts[^1].Lines[^1] == 1), cancellation);
        return new(job with { Plan = plan, Stage = JobStage.Reserve, Progress = new() });
    }

    /// <summary>Parts that were sent out, and that nobody has in hand or will get, are sent again.</summary>
    private async Task<Job> SendLostAsync(Job job, HashSet<int> counted, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var since = job.Progress.Marks.Count > 0 ? job.Progress.Marks[^1] : new(now, counted.Count, 0);
        var mark = since.Dispatched == counted.Count ? since : new(now, counted.Count, 0);
        if (now - mark.Time > presence.Patience && await queue.WaitingSinceAsync(cancellation) is null)
        {
            var held = (await presence.ReadAsync(cancellation)).Where(h => h.Job == job.Id).Select(h => -1 - h.Shard).ToHashSet();
            await queue.SendAsync(Enumerable.Range(0, job.Plan!.Counts).Where(p => !counted.Contains(p) && !held.Contains(p)).Select(p => MessageOf(job, p)), cancellation);
            mark = new(now, counted.Count, 0);
        }

        return job with { Progress = job.Progress with { Marks = [mark] } };
    }

    private static ShardMessage MessageOf(Job job, int part) => new() { Account = job.Account, Job = job.Id, Shard = part, Counts = true };
}
