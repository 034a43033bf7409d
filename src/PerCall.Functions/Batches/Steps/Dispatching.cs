using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>Computes how many shards to give out and when to check again, from a job's progress only.</summary>
public static class Dispatching
{
    /// <summary>
    /// The minimum work to give out ahead, in seconds of one thread, but enough shards for four messages at a time and the time until the
    /// next check.
    /// </summary>
    private const double LeastWork = 16;
    private const int FewestAhead = 4;
    private const int MostLeast = 16;
    private const int MostWindow = 2000;

    /// <summary>The work in the first window: as many shards as one thread processes in this time, according to the first rows.</summary>
    private static readonly TimeSpan FirstWindow = TimeSpan.FromSeconds(4);

    /// <summary>The shortest and the longest pause, as multiples of the pause for an unknown pace.</summary>
    private const double ShortPause = 0.3;
    private const double LongPause = 5;

    /// <summary>Records a job's progress for computing its pace.</summary>
    public static JobProgress Mark(JobProgress progress, DateTimeOffset now)
    {
        ProgressMark mark = new(now, progress.Dispatched, progress.Rows.All + progress.Running);
        // The last mark is always current. Of marks that are close together with the same number of shards given out, only one is kept.
        IReadOnlyList<ProgressMark> marks =
            progress.Marks is [.., var before, var last] && last.Time - before.Time < TimeSpan.FromSeconds(1)
                && before.Dispatched == mark.Dispatched && last.Dispatched == mark.Dispatched
                ? [.. progress.Marks.SkipLast(1), mark]
                : [.. progress.Marks, mark];
        return progress with { Marks = Pace.Kept(marks, now) };
    }

    /// <summary>
    /// Returns the window: shards in flight plus a reserve. Doubles it if more than half finished since the last check, because workers may
    /// be idle. Shrinks it by 10 % if it was too large. Keeps the reserve small for long shards, because shards of other batches queue up
    /// behind them.
    /// </summary>
    public static int WindowOf(JobPlan plan, JobProgress progress, int held)
    {
        var ahead = (int)Math.Clamp(ShardsIn(LeastWork, plan), FewestAhead, MostLeast);
        var least = Math.Max(ahead, held + Math.Min(held + FewestAhead, ahead));
        var outstanding = progress.Dispatched - progress.Done;
        var window =
            progress.Dispatched == 0 ? (int)Math.Min(ShardsIn(FirstWindow.TotalSeconds, plan), MostWindow)
            : outstanding <= progress.Window / 2 ? progress.Window * 2
            : outstanding > progress.Window * 4 / 5 ? progress.Window * 9 / 10
            : progress.Window;
        return Math.Clamp(window, least, Math.Max(least, MostWindow));
    }

    /// <summary>
    /// Returns the pause until the next check. Checks again before workers run out of shards, and soon near the end of the job; waits
    /// longer if nothing progresses.
    /// </summary>
    /// <param name="job">The job, with its current progress.</param>
    /// <param name="look">The pause while the pace is unknown.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The pause, and whether it is long enough to let another instance make the next check.</returns>
    public static (TimeSpan Pause, bool HandsOver) PauseOf(Job job, TimeSpan look, DateTimeOffset now)
    {
        var (shortest, longest) = (look * ShortPause, look * LongPause);
        var (left, shardsPerSecond) = (Pace.Left(job), Pace.ShardsPerSecond(job.Progress));
        var pause = left is { } end ? TimeSpan.FromTicks(Math.Clamp(end.Ticks / 10, shortest.Ticks, longest.Ticks)) : look;
        if (job.Progress.Dispatched < job.Plan!.Shards)
        {
            var half = shardsPerSecond > 0 ? TimeSpan.FromSeconds(
                Math.Min(job.Progress.Window / 2 / shardsPerSecond, longest.TotalSeconds)) : look;
            pause = Max(Min(pause, half), shortest);
        }

        return !Pace.IsMoving(job.Progress, now) || pause > look ? (Max(pause, look), true) : (pause, false);
    }

    /// <summary>Returns how many shards one thread processes in a number of seconds, according to the first rows.</summary>
    private static double ShardsIn(double seconds, JobPlan plan) => seconds * plan.RowsPerSecond / Math.Max(1, plan.Rows / plan.Shards);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
