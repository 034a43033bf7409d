using PerCall.Functions.Batches.Shards;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Shards;

/// <summary>A shard some of whose rows end the process that scores them.</summary>
public sealed class ShardTrialTests
{
    private const int Tries = 5;

    [Theory]
    [InlineData(1, new[] { 0 })]
    [InlineData(100, new[] { 0 })]
    [InlineData(100, new[] { 99 })]
    [InlineData(100, new[] { 40, 41 })]
    [InlineData(1000, new[] { 3, 500, 501, 999 })]
    public async Task Run_OfRowsThatEndTheProcess_FailsThoseAlone(int rows, int[] fatal)
    {
        var (done, tries) = await RunAsync(rows, fatal.Contains);

        Assert.Equal(fatal, done!.Fatal.Order());
        // Those without notes; and of each row one that finds those around it, and two that find it alone.
        Assert.InRange(tries, 1, Tries + (3 * fatal.Length) + 1);
    }

    [Fact]
    public async Task Run_ThatEndsWhileNothingIsScored_IsGivenUp()
    {
        var (done, tries) = await RunAsync(100, _ => false, endsAfterRows: true);

        Assert.Null(done);
        Assert.Equal(Tries + 2, tries);
    }

    [Fact]
    public async Task Run_OfMoreFatalRowsThanAreLookedFor_IsGivenUp()
    {
        var (done, tries) = await RunAsync(1000, row => row % 10 == 0);

        Assert.Null(done);
        Assert.InRange(tries, Tries + 1, 100);
    }

    [Fact]
    public void Failed_WithoutEndingTheProcess_BlamesNoRow()
    {
        var trial = new ShardTrial { Begun = Tries, Notes = true }.Scoring(7, 1).Scoring(7, 1);

        var next = trial.Failed("storage did not answer").Next(Tries)!;

        Assert.Equal(("storage did not answer", 0, 0), (next.Why, next.Fatal.Count, next.Blind));
    }

    /// <returns>The try that came to the end, or null where it was given up; and how many tries there were.</returns>
    private static async Task<(ShardTrial? Done, int Tries)> RunAsync(int rows, Func<int, bool> isFatal, bool endsAfterRows = false)
    {
        var stored = new ShardTrial();
        for (var tries = 0; ; tries++)
        {
            if (stored.Next(Tries) is not { } trial)
            {
                return (null, tries);
            }

            stored = trial;
            if (!trial.Notes)
            {
                // The process has ended, and nobody knows where.
                continue;
            }

            var notes = new RowNotes(trial, t =>
            {
                stored = t;
                return Task.CompletedTask;
            });
            if (await ScoreAsync(notes, rows, isFatal) && !endsAfterRows)
            {
                return (trial, tries);
            }
        }
    }

    /// <returns>False: the process has ended.</returns>
    private static async Task<bool> ScoreAsync(RowNotes notes, int rows, Func<int, bool> isFatal)
    {
        for (int row = 0, count; row < rows; row += count)
        {
            count = Math.Min(notes.Together(row), rows - row);
            if (notes.IsFatal(row))
            {
                continue;
            }

            await notes.ScoringAsync(row, count);
            if (Enumerable.Range(row, count).Any(isFatal))
            {
                return false;
            }

            await notes.ScoredAsync();
        }

        return true;
    }
}
