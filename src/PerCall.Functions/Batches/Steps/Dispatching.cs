using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Steps;

/// <summary>How many shards are given out, and when the next look is; by a job's progress alone.</summary>
public static class Dispatching
{
    /// <summary>In seconds of one thread's work; but shards enough for four messages at a time and a look ahead.</summary>
    private const double LeastWork = 16;
    private const int FewestAhead = 4;
    private const int MostLeast = 16;
    private const int MostWindow = 2000;

    /// <summary>At first so many are given out as one thread does in that time, by what the first rows took.</summary>
    private static readonly TimeSpan FirstWindow = TimeSpan.FromSeconds(4);

    /// <summary>The shortest and the longest pause, in pauses of a batch whose pace is unknown.</summary>
    private const double ShortPause = 0.3;
    private const double LongPause = 5;

    /// <summary>Notes how far a job is, for its pace.</summary>
    public static JobProgress Mark(JobProgress progress, DateTimeOffset now)
    {
        ProgressMark mark = new(now, progress.Dispatched, progress.Rows.All + progress.Running);
        // The last is always of now; of those that are close together, and tell of no shards given out, one is kept.
        IReadOnlyList<ProgressMark> marks =
            progress.Marks is [.., var before, var last] && last.Time - before.Time < TimeSpan.FromSeconds(1)
                && before.Dispatched == mark.Dispatched && last.Dispatched == mark.Dispatched
                ? [.. progress.Marks.SkipLast(1), mark]
                : [.. progress.Marks, mark];
        return progress with { Marks = Pace.Kept(marks, now) };
    }

    /// <summary>
    /// More than workers have in hand, so that they find something; and twice what it was where more than half has been done since the last
    /// look, because they may have run dry. What was too much is let go slowly. Of long shards few wait: what another batch gives out comes
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

    /// <summary>Comes again before workers run dry, and soon where the end is near; where nothing moves, it takes its time.</summary>
    /// <param name="job">With its present progress.</param>
    /// <param name="look">The pause while the pace is unknown.</param>
    /// <param name="now">The present time.</param>
    /// <returns>How long to wait, and whether that is long enough to let another instance have the next look.</returns>
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

    /// <summary>Shards that one thread does in so many seconds, by what the first rows took.</summary>
    private static double ShardsIn(double seconds, JobPlan plan) => seconds * plan.RowsPerSecond / Math.Max(1, plan.Rows / plan.Shards);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
