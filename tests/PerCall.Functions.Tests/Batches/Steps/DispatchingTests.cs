using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
using PerCall.Functions.Tests.Batches.Jobs;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Steps;

public sealed class DispatchingTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>A thread scores one of these shards in 15 seconds.</summary>
    private static JobPlan LongShards => PlannedJob.Plan(shards: 100, rows: 150_000, rowsPerSecond: 100);

    /// <summary>A thread scores ten of these shards in a second.</summary>
    private static JobPlan ShortShards => PlannedJob.Plan(shards: 10_000, rows: 1_000_000, rowsPerSecond: 1000);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 5)]
    [InlineData(10, 14)]
    public void WindowOf_LongShards_IsTheShardsInFlightAndAFewMore(int held, int window) =>
        Assert.Equal(window, Dispatching.WindowOf(LongShards, new(), held));

    [Theory]
    [InlineData(0, 40)]
    [InlineData(30, 46)]
    [InlineData(3000, 3016)]
    public void WindowOf_ShortShards_BeginsWithFourSecondsOfWorkAndKeepsSixteenAhead(int held, int window) =>
        Assert.Equal(window, Dispatching.WindowOf(ShortShards, new(), held));

    [Fact]
    public void WindowOf_VeryShortShards_HasAnUpperBound() =>
        Assert.Equal(2000, Dispatching.WindowOf(PlannedJob.Plan(shards: 10_000, rows: 10_000, rowsPerSecond: 1000), new(), held: 0));

    [Theory]
    [InlineData(100, 50, 200)]
    [InlineData(100, 51, 100)]
    [InlineData(100, 80, 100)]
    [InlineData(100, 81, 90)]
    [InlineData(1500, 700, 2000)]
    [InlineData(17, 17, 16)]
    public void WindowOf_RunningJob_DoublesWhenHalfIsDoneAndShrinksWhenItWasTooLarge(int window, int outstanding, int next)
    {
        var progress = new JobProgress { Dispatched = 5000, Done = 5000 - outstanding, Window = window };

        Assert.Equal(next, Dispatching.WindowOf(ShortShards, progress, held: 0));
    }

    [Fact]
    public void PauseOf_UnknownPace_IsTheConfiguredInterval() =>
        Assert.Equal((Look, false), Dispatching.PauseOf(JobOf(LongShards, new()), Look, Now));

    [Theory]
    // 40 rows per second: 1 s, 20 s, 1,000 s remain.
    [InlineData(149_960, 0.3, false)]
    [InlineData(149_200, 2, true)]
    [InlineData(110_000, 5, true)]
    public void PauseOf_AllDispatched_IsATenthOfTheRestWithinBounds(long done, double seconds, bool handsOver)
    {
        var progress = Moving(done, rowsPerSecond: 40) with { Dispatched = 100 };

        Assert.Equal((TimeSpan.FromSeconds(seconds), handsOver), Dispatching.PauseOf(JobOf(LongShards, progress), Look, Now));
    }

    [Theory]
    // 10 shards per second: half of the window is done in 0.5 s, 0.9 s, 0.1 s and 10 s.
    [InlineData(10, 0.5, false)]
    [InlineData(18, 0.9, false)]
    [InlineData(2, 0.3, false)]
    [InlineData(200, 5, true)]
    public void PauseOf_ShardsLeft_EndsBeforeWorkersRunDry(int window, double seconds, bool handsOver)
    {
        var progress = Moving(done: 100_000, rowsPerSecond: 1000) with { Dispatched = 1100, Done = 1000, Window = window };

        Assert.Equal((TimeSpan.FromSeconds(seconds), handsOver), Dispatching.PauseOf(JobOf(ShortShards, progress), Look, Now));
    }

    [Fact]
    public void PauseOf_NothingMoves_HandsOverAfterTheConfiguredInterval()
    {
        var progress = Moving(done: 149_960, rowsPerSecond: 40) with { Dispatched = 100 };

        Assert.Equal((Look, true), Dispatching.PauseOf(JobOf(LongShards, progress), Look, Now.AddSeconds(3)));
    }

    [Fact]
    public void Mark_WithinASecond_ReplacesTheLastMark()
    {
        Assert.Equal([0, 0.9], Seconds(Marked(new(), 0, 0.5, 0.9)));
        Assert.Equal([0, 1.6], Seconds(Marked(new(), 0, 0.5, 0.9, 1.6)));
        Assert.Equal([0, 1.6, 1.7], Seconds(Marked(new(), 0, 0.5, 0.9, 1.6, 1.7)));
    }

    [Fact]
    public void Mark_AfterADispatch_KeepsTheLastMark()
    {
        var progress = Marked(new(), 0, 0.1);
        progress = Marked(progress with { Dispatched = 5 }, 0.2, 0.3);

        Assert.Equal([0, 0.1, 0.2, 0.3], Seconds(progress));
        Assert.Equal([0, 0, 5, 5], progress.Marks.Select(m => m.Dispatched));
    }

    [Fact]
    public void Mark_CountsRowsOfRunningShards() =>
        Assert.Equal(new(Now, 3, 17), Dispatching.Mark(new() { Dispatched = 3, Rows = new(8, 2), Running = 7 }, Now).Marks.Single());

    private static JobProgress Marked(JobProgress progress, params ReadOnlySpan<double> seconds)
    {
        foreach (var second in seconds)
        {
            progress = Dispatching.Mark(progress, Now.AddSeconds(second));
        }

        return progress;
    }

    private static IEnumerable<double> Seconds(JobProgress progress) => progress.Marks.Select(m => (m.Time - Now).TotalSeconds);

    private static JobProgress Moving(long done, long rowsPerSecond) => new()
    {
        Rows = new(done, 0),
        Marks = [new(Now.AddSeconds(-10), 1, done - (10 * rowsPerSecond)), new(Now, 1, done)],
    };

    private static Job JobOf(JobPlan plan, JobProgress progress) => PlannedJob.Create(plan, progress, Now);
}
