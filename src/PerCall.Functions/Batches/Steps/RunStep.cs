using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Batches.Shards;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Gives out shards and waits for them. Only so many are out that workers do not run dry: a small job that comes later does not stand behind all of a large one.</summary>
internal sealed class RunStep(ShardTable shards, ShardQueue queue, ShardCuts cuts, ShardPresence presence, LostShards lost, TimeProvider time)
{
    private const int LeastWindow = 16;
    private const int MostWindow = 2000;

    /// <summary>At first so many are given out as one thread does in that time, by what the first rows took.</summary>
    private static readonly TimeSpan FirstWindow = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OnePause = TimeSpan.FromSeconds(1);

    public async Task<Step> RunAsync(Job job, CancellationToken cancellation)
    {
        var (plan, progress) = (job.Plan!, job.Progress);
        var held = (await presence.ReadAsync(cancellation)).Where(h => h.Job == job.Id && h.Shard >= 0).ToList();
        (progress, var missing) = await CountAsync(job, progress, held, cancellation);
        if (progress.Done == plan.Shards)
        {
            return new(job with { Progress = progress, Ending = JobEnding.Completed, Stage = JobStage.Finish, FinishingAt = time.GetUtcNow() });
        }

        progress = Mark(progress);
        progress = await lost.SendAgainAsync(job with { Progress = progress }, missing, held, cancellation);
        progress = await GiveOutAsync(job, progress with { Window = WindowOf(plan, progress, held.Count) }, cancellation);
        return await PauseAsync(job with { Progress = progress }, cancellation);
    }

    /// <summary>Comes again before workers run dry, and soon where the end is near; where nothing moves, it takes its time.</summary>
    private async Task<Step> PauseAsync(Job job, CancellationToken cancellation)
    {
        var (left, shardsPerSecond) = (Pace.Left(job), Pace.ShardsPerSecond(job.Progress));
        var pause = left is { } end ? TimeSpan.FromTicks(Math.Clamp(end.Ticks / 10, ShortPause.Ticks, LongPause.Ticks)) : OnePause;
        if (job.Progress.Dispatched < job.Plan!.Shards)
        {
            var half = shardsPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(job.Progress.Window / 2 / shardsPerSecond, LongPause.TotalSeconds)) : OnePause;
            pause = Max(Min(pause, half), ShortPause);
        }

        if (!Pace.IsMoving(job.Progress, time.GetUtcNow()) || pause > OnePause)
        {
            return new(job, Max(pause, OnePause));
        }

        await Task.Delay(pause, time, cancellation);
        return new(job);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Counts what is done. What has been counted up to the first shard that is not is not read again.</summary>
    private async Task<(JobProgress Progress, List<int> Missing)> CountAsync(Job job, JobProgress progress, List<HeldShard> held, CancellationToken cancellation)
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
        return (progress with { DoneBefore = before, Before = counted, Done = done, Rows = all, Running = held.Where(h => missing.Contains(h.Shard)).Sum(h => h.Rows) }, missing);
    }

    private JobProgress Mark(JobProgress progress)
    {
        var now = time.GetUtcNow();
        IReadOnlyList<ProgressMark> marks = progress.Marks is [.., var last] && now - last.Time < TimeSpan.FromSeconds(1) && last.Dispatched == progress.Dispatched
            ? progress.Marks
            : [.. progress.Marks, new(now, progress.Dispatched, progress.Rows.All + progress.Running)];
        return progress with { Marks = Pace.Kept(marks, now) };
    }

    /// <summary>
    /// Twice what workers have in hand, so that they find something; and twice what it was where more than half has been done since the last look, because they may have run dry. What was too much is let go slowly.
    /// </summary>
    private static int WindowOf(JobPlan plan, JobProgress progress, int held)
    {
        var least = Math.Max(LeastWindow, (2 * held) + 4);
        var outstanding = progress.Dispatched - progress.Done;
        var window =
            progress.Dispatched == 0 ? (int)Math.Min(FirstWindow.TotalSeconds * plan.RowsPerSecond / Math.Max(1, plan.Rows / plan.Shards), MostWindow)
            : outstanding <= progress.Window / 2 ? progress.Window * 2
            : outstanding > progress.Window * 4 / 5 ? progress.Window * 9 / 10
            : progress.Window;
        return Math.Clamp(window, least, Math.Max(least, MostWindow));
    }

    private async Task<JobProgress> GiveOutAsync(Job job, JobProgress progress, CancellationToken cancellation)
    {
        var count = Math.Min(job.Plan!.Shards - progress.Dispatched, progress.Window - (progress.Dispatched - progress.Done));
        if (count <= 0)
        {
            return progress;
        }

        var found = await cuts.ReadAsync(job, progress.Dispatched, count, cancellation);
        // Sent before it is written: whoever dies in between has some done twice, and none not at all.
        await queue.SendAsync(found.Select((cut, i) => new ShardMessage { Account = job.Account, Job = job.Id, Shard = progress.Dispatched + i, Cut = cut }), cancellation);
        return progress with { Dispatched = progress.Dispatched + count };
    }
}
