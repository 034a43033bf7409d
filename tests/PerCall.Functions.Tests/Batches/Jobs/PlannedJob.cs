using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Tests.Batches.Jobs;

/// <summary>Jobs and plans for rules that look at numbers alone.</summary>
internal static class PlannedJob
{
    public static Job Create(JobPlan? plan, JobProgress progress, DateTimeOffset now) => new()
    {
        Id = "",
        Account = "",
        Order = null!,
        CreatedAt = now,
        ExpiresAt = now.AddDays(1),
        Plan = plan,
        Progress = progress,
    };

    public static JobPlan Plan(int shards, long rows, double rowsPerSecond) => new()
    {
        Source = new("files", "rows", "etag", 1),
        Format = InputFormat.JsonLines,
        ModelName = "",
        ModelVersion = "",
        Price = new("", "", "", 0),
        Currency = "",
        Shards = shards,
        Rows = rows,
        RowsPerSecond = rowsPerSecond,
    };
}
