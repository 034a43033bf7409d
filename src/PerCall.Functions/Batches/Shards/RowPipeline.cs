using System.Diagnostics;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Rows to answers, a few at a time: as many as take some tens of milliseconds, so that a turn of the model is never held for long.
/// </summary>
/// <param name="model">Held by a lease.</param>
/// <param name="scorer">Of its task.</param>
/// <param name="parser">Of the file's rows.</param>
/// <param name="threads">On which it runs.</param>
/// <param name="time">For pauses.</param>
/// <param name="rowsPerSecond">What one thread is known to do; 0: nothing is.</param>
public sealed class RowPipeline(
    LoadedModel model, ITaskScorer scorer, RowParser parser, ScoringThreads threads, TimeProvider time, double rowsPerSecond = 0)
{
    private const int FewestFirst = 4;
    private const int MostRows = 2048;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortTurn = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(100);

    private readonly RowScoring _scoring = new(model, scorer, parser);

    /// <summary>Time spent on rows so far, on one thread.</summary>
    public TimeSpan Worked { get; private set; }

    /// <inheritdoc cref="RowBatch.End"/>
    public long End { get; private set; }

    /// <param name="reader">The rows.</param>
    /// <param name="writer">Where answers and faults go.</param>
    /// <param name="goesOn">Asked before each few rows.</param>
    /// <param name="cancellation">Ends it in between.</param>
    /// <returns>Whether it came to the end.</returns>
    public async Task<bool> RunAsync(IRowReader reader, ResultWriter writer, Func<bool> goesOn, CancellationToken cancellation)
    {
        var (batch, next) = (new RowBatch(), new RowBatch());
        try
        {
            // Half of what is expected: these rows may be others than those that were measured.
            var most = (int)Math.Clamp(rowsPerSecond * Turn.TotalSeconds / 2, FewestFirst, MostRows);
            var more = await reader.ReadAsync(batch, most, cancellation);
            while (more)
            {
                if (!goesOn())
                {
                    return false;
                }

                next.Clear();
                var scoring = ScoreAsync(batch, writer, cancellation);
                try
                {
                    // Meanwhile: storage that takes its time is not waited for by the threads that score.
                    more = await reader.ReadAsync(next, most, cancellation);
                }
                finally
                {
                    await ((Task)scoring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                most = await scoring;
                await writer.StageAsync(all: false, cancellation);
                (batch, next) = (next, batch);
            }

            return true;
        }
        finally
        {
            batch.Dispose();
            next.Dispose();
        }
    }

    /// <summary>Runs rows for a moment and discards what comes of them.</summary>
    /// <param name="reader">The rows.</param>
    /// <param name="style">The form of the answers.</param>
    /// <param name="delimiter">The delimiter of a table; null: the input is not one.</param>
    /// <param name="enough">Time on one thread after which no more rows are begun.</param>
    /// <param name="cancellationToken">Ends it in between.</param>
    /// <returns>The rows that were run (at least 1), their time on one thread, the bytes of their answers, and the end of the last row in a
    /// file of records (0: no row).</returns>
    public async Task<(long Rows, TimeSpan Worked, long OutputBytes, long End)> TryAsync(
        IRowReader reader, RowStyle style, char? delimiter, TimeSpan enough, CancellationToken cancellationToken)
    {
        using var writer = new ResultWriter("batch_00000000000000000000000000", style, _ => new(null, 0, "", int.MaxValue), delimiter);
        await RunAsync(reader, writer, () => Worked < enough, cancellationToken);
        return (
            Math.Max(1, writer.Delivered + writer.Failed), Max(Worked), writer[ResultFile.Output]!.Bytes + writer[ResultFile.Errors]!.Bytes,
            End);
    }

    /// <summary>
    /// As <see cref="RunAsync(IRowReader, ResultWriter, Func{bool}, CancellationToken)"/>, for rows of which some end the process: each few
    /// are noted before they are scored.
    /// </summary>
    /// <param name="reader">The rows.</param>
    /// <param name="writer">Where answers and faults go.</param>
    /// <param name="notes">Where they are noted.</param>
    /// <param name="fatal">The fault of rows that are known to end the process.</param>
    /// <param name="goesOn">Asked before each few rows.</param>
    /// <param name="cancellation">Ends it in between.</param>
    /// <returns>Whether it came to the end.</returns>
    public async Task<bool> RunAsync(
        IRowReader reader, ResultWriter writer, RowNotes notes, RowFault fatal, Func<bool> goesOn, CancellationToken cancellation)
    {
        using var batch = new RowBatch();
        for (var row = 0; await reader.ReadAsync(batch, notes.Together(row), cancellation); row += batch.Rows.Count, batch.Clear())
        {
            if (!goesOn())
            {
                return false;
            }

            if (notes.IsFatal(row))
            {
                RowScoring.Fail(batch, parser, writer, fatal);
            }
            else
            {
                await notes.ScoringAsync(row, batch.Rows.Count);
                await ScoreAsync(batch, writer, cancellation);
                await notes.ScoredAsync();
            }

            await writer.StageAsync(all: false, cancellation);
        }

        return true;
    }

    /// <returns>How many rows are to come next.</returns>
    private async Task<int> ScoreAsync(RowBatch batch, ResultWriter writer, CancellationToken cancellation)
    {
        using var turn = await EnterAsync(cancellation);
        var elapsed = await threads.RunAsync(() =>
        {
            var started = Stopwatch.GetTimestamp();
            _scoring.Score(batch, writer, cancellation);
            return Stopwatch.GetElapsedTime(started);
        });
        Worked += elapsed;
        End = batch.End;
        var wanted = threads.AreSinglesRunning ? ShortTurn : Turn;
        // A quarter of what is measured at a time, because rows are not all alike.
        return (int)Math.Clamp(batch.Rows.Count * Math.Min(4, wanted / Max(elapsed)), 1, MostRows);
    }

    private static TimeSpan Max(TimeSpan elapsed) => elapsed > TimeSpan.FromMicroseconds(1) ? elapsed : TimeSpan.FromMicroseconds(1);

    private async Task<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await model.EnterAsync(cancellation);
            }
            catch (ModelBusyException)
            {
                // Single calls wait for the model, and they go first.
                await Task.Delay(BusyPause, time, cancellation);
            }
        }
    }
}
