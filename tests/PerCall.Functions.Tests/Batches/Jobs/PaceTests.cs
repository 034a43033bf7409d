using PerCall.Functions.Batches.Jobs;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Jobs;

public sealed class PaceTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Kept_MarksOfTheLastMinute_AreKeptWithOneBefore() =>
        Assert.Equal([2, 3, 4], Kept([Mark(-120, 1), Mark(-61, 2), Mark(-60, 3), Mark(0, 4)]));

    [Fact]
    public void Kept_FortyMarks_AreAllKept() => Assert.Equal(40, Kept(MarksOf(40)).Count());

    [Theory]
    [InlineData(41, 21)]
    [InlineData(42, 22)]
    public void Kept_MoreMarks_LosesEverySecondAndNeitherEnd(int count, int kept)
    {
        var marks = Kept(MarksOf(count)).ToList();

        Assert.Equal((kept, 0, 2, count - 1), (marks.Count, marks[0], marks[1], marks[^1]));
    }

    [Fact]
    public void RowsPerSecond_IsTheMeanOverAllMarks()
    {
        Assert.Equal(0, Pace.RowsPerSecond(new()));
        Assert.Equal(0, Pace.RowsPerSecond(new() { Marks = [Mark(0, 5)] }));
        Assert.Equal(0, Pace.RowsPerSecond(new() { Marks = [Mark(0, 5), Mark(0, 9)] }));
        Assert.Equal(3, Pace.RowsPerSecond(new() { Marks = [Mark(-10, 5), Mark(-9, 30), Mark(0, 35)] }));
        // Shards that were lost count less than before.
        Assert.Equal(0, Pace.RowsPerSecond(new() { Marks = [Mark(-10, 5), Mark(0, 4)] }));
    }

    [Fact]
    public void ShardsPerSecond_IsInProportionToRows()
    {
        var progress = new JobProgress { Rows = new(90, 10), Done = 4, Marks = [Mark(-10, 0), Mark(0, 100)] };

        Assert.Equal(0.4, Pace.ShardsPerSecond(progress), 12);
        Assert.Equal(0, Pace.ShardsPerSecond(progress with { Done = 0 }));
        Assert.Equal(0, Pace.ShardsPerSecond(progress with { Rows = default }));
    }

    [Fact]
    public void IsMoving_RowsOfTheLastThreeSeconds_DecideIt()
    {
        var progress = new JobProgress { Marks = [Mark(-9, 1), Mark(-2.9, 5), Mark(-1, 5), Mark(0, 5)] };

        Assert.True(Pace.IsMoving(new(), Now));
        Assert.True(Pace.IsMoving(progress, Now));
        Assert.False(Pace.IsMoving(progress, Now.AddSeconds(0.1)));
    }

    [Fact]
    public void Left_WithAPace_IsTheRestAtThatPace()
    {
        var progress = new JobProgress { Rows = new(100, 0), Running = 20, Marks = [Mark(-10, 20), Mark(0, 120)] };

        Assert.Equal(TimeSpan.FromSeconds(88), Pace.Left(JobOf(1000, 1, progress)));
        Assert.Equal(TimeSpan.Zero, Pace.Left(JobOf(110, 1, progress)));
        Assert.Equal(TimeSpan.FromDays(30), Pace.Left(JobOf(1_000_000_000, 1, progress)));
    }

    [Fact]
    public void Left_BeforeTheFirstRow_IsByTheSample()
    {
        Assert.Equal(TimeSpan.FromSeconds(4), Pace.Left(JobOf(1000, 250, new())));
        Assert.Null(Pace.Left(JobOf(1000, 0, new())));
    }

    [Fact]
    public void Left_WithoutPlanOrPace_IsUnknown()
    {
        Assert.Null(Pace.Left(JobOf(1000, 250, new()) with { Plan = null }));
        Assert.Null(Pace.Left(JobOf(1000, 250, new() { Rows = new(1, 0), Marks = [Mark(-10, 1), Mark(0, 1)] })));
    }

    private static IEnumerable<long> Kept(IReadOnlyList<ProgressMark> marks) => Pace.Kept(marks, Now).Select(m => m.Rows);

    private static List<ProgressMark> MarksOf(int count) => [.. Enumerable.Range(0, count).Select(i => Mark(i - count, i))];

    private static ProgressMark Mark(double seconds, long rows) => new(Now.AddSeconds(seconds), 1, rows);

    private static Job JobOf(long rows, double rowsPerSecond, JobProgress progress) =>
        PlannedJob.Create(PlannedJob.Plan(shards: 1, rows, rowsPerSecond), progress, Now);
}
