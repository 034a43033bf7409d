using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Steps;

/// <summary>
/// Gives out shards and waits for them. Gives out only enough to keep workers busy, so that a small later job does not wait for all shards
/// of a large one.
/// </summary>
public sealed class RunStep(
    ShardTable shards, ShardQueue queue, ShardCuts cuts, ShardPresence presence, LostShards lost, IOptions<BatchOptions> options,
    TimeProvider time)
{
    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var (plan, progress) = (job.Plan!, job.Progress);
        var held = (await presence.ReadAsync(cancellation)).Where(h => h.Job == job.Id && h.Shard >= 0).ToList();
        (progress, var missing) = await CountAsync(job, progress, held, cancellation);
        if (progress.Done == plan.Shards)
        {
            return new(
                job with { Progress = progress, Ending = JobEnding.Completed, Stage = JobStage.Finish, FinishingAt = time.GetUtcNow() });
        }

        progress = Dispatching.Mark(progress, time.GetUtcNow());
        progress = await lost.SendAgainAsync(job with { Progress = progress }, missing, held, cancellation);
        progress = await GiveOutAsync(job, progress with { Window = Dispatching.WindowOf(plan, progress, held.Count) }, cancellation);
        job = job with { Progress = progress };
        var (pause, handsOver) = Dispatching.PauseOf(job, options.Value.LookInterval, time.GetUtcNow());
        if (handsOver)
        {
            return new(job, pause);
        }

        await Task.Delay(pause, time, cancellation);
        return new(job);
    }

    /// <summary>Counts the finished shards. Does not read again the shards before the first unfinished one.</summary>
    private async Task<(JobProgress Progress, List<int> Missing)> CountAsync(
        Job job, JobProgress progress, List<HeldShard> held, CancellationToken cancellation)
    {
        var (before, counted, all, done) = (progress.DoneBefore, progress.Before, progress.Before, progress.DoneBefore);
        List<int> missing = [];
        var expected = progress.DoneBefore;
        await foreach (var row in shards.DoneAsync(job.Id, progress.DoneBefore, cancellation))
        {
            var shard = row.Shard();
            missing.AddRange(Enumerable.Range(expected, Math.Max(0, shard - expected)));
            expected = shard + 1;
            done++;
            all += row.Counts();
            if (shard == before)
            {
                (before, counted) = (before + 1, counted + row.Counts());
            }
        }

        missing.AddRange(Enumerable.Range(expected, Math.Max(0, progress.Dispatched - expected)));
        return (
            progress with
            {
                DoneBefore = before,
                Before = counted,
                Done = done,
                Rows = all,
                Running = held.Where(
                h => missing.Contains(h.Shard)).Sum(h => h.Rows)
            }, missing);
    }

    private async Task<JobProgress> GiveOutAsync(Job job, JobProgress progress, CancellationToken cancellation)
    {
        var count = Math.Min(job.Plan!.Shards - progress.Dispatched, progress.Window - (progress.Dispatched - progress.Done));
        if (count <= 0)
        {
            return progress;
        }

        var found = await cuts.ReadAsync(job, progress.Dispatched, count, cancellation);
        // Send the messages before storing the progress: after a crash in between, some shards run twice, but none is lost.
        await queue.SendAsync(
            found.Select((cut, i) => new ShardMessage
            {
                Account = job.Account,
                Job = job.Id,
                Shard = progress.Dispatched + i,
                Calls = job.Plan.Calls is not null,
                Cut = cut,
            }),
            cancellation);
        return progress with { Dispatched = progress.Dispatched + count };
    }
}
