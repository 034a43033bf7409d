namespace PerCall.Functions.Batches.Jobs;

/// <summary>Computes how fast a job progresses, from its marks of the last minute.</summary>
public static class Pace
{
    private const int MostMarks = 40;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    /// <summary>Returns the marks of the last minute and the one before. If there are too many, keeps every second one.</summary>
    public static IReadOnlyList<ProgressMark> Kept(IReadOnlyList<ProgressMark> marks, DateTimeOffset now)
    {
        var from = marks.Count(m => now - m.Time > Window);
        var kept = marks.Skip(Math.Max(0, from - 1)).ToList();
        return kept.Count <= MostMarks ? kept : [.. kept.Where((_, i) => i % 2 == 0 || i == kept.Count - 1)];
    }

    /// <summary>Returns the rows per second; 0: not known yet.</summary>
    public static double RowsPerSecond(JobProgress progress) => progress.Marks is [var first, .., var last] && last.Time > first.Time
        ? Math.Max(0, last.Rows - first.Rows) / (last.Time - first.Time).TotalSeconds
        : 0;

    /// <summary>Returns whether a row was done in the last seconds, or the job has only just started.</summary>
    public static bool IsMoving(JobProgress progress, DateTimeOffset now) =>
        progress.Marks.Count == 0 || progress.Marks.FirstOrDefault(
            m => m.Rows == progress.Marks[^1].Rows) is var still && now - still.Time < TimeSpan.FromSeconds(3);

    public static double ShardsPerSecond(JobProgress progress) =>
        progress.Rows.All > 0 && progress.Done > 0 ? RowsPerSecond(progress) * progress.Done / progress.Rows.All : 0;

    /// <summary>Estimates the time until all rows are done; null: not known yet.</summary>
    public static TimeSpan? Left(Job job)
    {
        if (job.Plan is not { } plan)
        {
            return null;
        }

        var (pace, left) = (RowsPerSecond(job.Progress), Math.Max(0, plan.Rows - job.Progress.Rows.All - job.Progress.Running));
        // Until the pace is known, use the speed of the first rows on one thread.
        pace = pace > 0 ? pace : job.Progress.Rows.All == 0 ? plan.RowsPerSecond : 0;
        return pace > 0 ? TimeSpan.FromSeconds(Math.Min(left / pace, TimeSpan.FromDays(30).TotalSeconds)) : null;
    }
}
