using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Sums up the most that calls on a large model can use. Rows with a fault are not sent, so they use nothing.</summary>
public sealed class CallCounter(RowSource source, CallModels models, ScoringThreads threads)
{
    /// <summary>The maximum number of rows to count at once, so that a scoring thread is not occupied for long.</summary>
    private const int RowsAtOnce = 32;

    /// <param name="plan">The plan.</param>
    /// <param name="cut">The part of the file.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InputLostException">The file has changed or was deleted.</exception>
    public async Task<CallBounds> CountAsync(JobPlan plan, ShardCut cut, CancellationToken cancellation)
    {
        var reader = models.ReaderOf(plan);
        var parser = RowSource.Parser(plan, reader);
        await using var rows = await source.OpenAsync(plan, cut, reader, cancellation);
        using var batch = new RowBatch();
        var sum = default(CallBounds);
        for (; await rows.ReadAsync(batch, RowsAtOnce, cancellation); batch.Clear())
        {
            sum += await threads.RunAsync(() => SumOf(batch, parser));
        }

        return sum;
    }

    private static CallBounds SumOf(RowBatch batch, RowParser parser) => batch.Rows
        .Select(r => parser.Parse(batch, r).Input)
        .OfType<CallInput>()
        .Aggregate(default(CallBounds), (sum, input) => sum + input.Bounds);
}
