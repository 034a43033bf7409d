namespace PerCall.Functions.Batches.Jobs;

/// <summary>How fast a job goes, by its marks of the last minute.</summary>
public static class Pace
{
    private const int MostMarks = 40;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    /// <summary>Marks of the last minute, and one before; of more than a few every second one.</summary>
    public static IReadOnlyList<ProgressMark> Kept(IReadOnlyList<ProgressMark> marks, DateTimeOffset now)
    {
        var from = marks.Count(m => now - m.Time > Window);
        var kept = marks.Skip(Math.Max(0, from - 1)).ToList();
        return kept.Count <= MostMarks ? kept : [.. kept.Where((_, i) => i % 2 == 0 || i == kept.Count - 1)];
    }

    /// <summary>Rows a second; 0 where nothing is known yet.</summary>
    public static double RowsPerSecond(JobProgress progress) => progress.Marks is [var first, .., var last] && last.Time > first.Time
        ? Math.Max(0, last.Rows - first.Rows) / (last.Time - first.Time).TotalSeconds
        : 0;

    /// <summary>Whether any row has been done in the last seconds, or it has only just begun.</summary>
    public static bool IsMoving(JobProgress progress, DateTimeOffset now) =>
        progress.Marks.Count == 0 || progress.Marks.FirstOrDefault(
            m => m.Rows == progress.Marks[^1].Rows) is var still && now - still.Time < TimeSpan.FromSeconds(3);

    public static double ShardsPerSecond(JobProgress progress) =>
        progress.Rows.All > 0 && progress.Done > 0 ? RowsPerSecond(progress) * progress.Done / progress.Rows.All : 0;

    /// <summary>Time until all rows are done; null where nothing is known yet.</summary>
    public static TimeSpan? Left(Job job)
    {
        if (job.Plan is not { } plan)
        {
            return null;
        }

        var (pace, left) = (RowsPerSecond(job.Progress), Math.Max(0, plan.Rows - job.Progress.Rows.All - job.Progress.Running));
        // Before there is a pace, what the first rows took on one thread.
        pace = pace > 0 ? pace : job.Progress.Rows.All == 0 ? plan.RowsPerSecond : 0;
        return pace > 0 ? TimeSpan.FromSeconds(Math.Min(left / pace, TimeSpan.FromDays(30).TotalSeconds)) : null;
    }
}
