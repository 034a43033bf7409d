using System.Diagnostics;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Scores rows in small groups. A group takes some tens of milliseconds, so that the model is never occupied for long.</summary>
/// <param name="model">The model, kept loaded by a lease.</param>
/// <param name="scorer">The scorer of the model's task.</param>
/// <param name="parser">Parses the file's rows.</param>
/// <param name="threads">The threads that score.</param>
/// <param name="time">The clock for pauses.</param>
/// <param name="rowsPerSecond">The known speed of one thread in rows per second; 0: unknown.</param>
public sealed class RowPipeline(
    LoadedModel model, ITaskScorer scorer, RowParser parser, ScoringThreads threads, TimeProvider time, double rowsPerSecond = 0)
{
    private const int FewestFirst = 4;
    private const int MostRows = 2048;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortTurn = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(100);

    private readonly RowScoring _scoring = new(model, scorer, parser);
    private Func<bool> _goesOn = () => true;

    /// <summary>How rows may use large models.</summary>
    public LargeModelUse Use { get; init; } = new();

    /// <summary>Returns the time spent on rows so far, on one thread.</summary>
    public TimeSpan Worked { get; private set; }

    /// <inheritdoc cref="RowBatch.End"/>
    public long End { get; private set; }

    /// <param name="reader">Reads the rows.</param>
    /// <param name="writer">Receives answers and faults.</param>
    /// <param name="goesOn">Asked before each group whether to continue.</param>
    /// <param name="cancellation">Cancels between groups.</param>
    /// <returns>Whether all rows were processed.</returns>
    public async Task<bool> RunAsync(IRowReader reader, ResultWriter writer, Func<bool> goesOn, CancellationToken cancellation)
    {
        _goesOn = goesOn;
        var (batch, next) = (new RowBatch(), new RowBatch());
        try
        {
            // Start with half of the expected number: these rows can differ from those that were measured.
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
                    // Read the next group while this one is scored, so that scoring threads do not wait for slow storage.
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

    /// <summary>Runs rows for a short time and discards their results.</summary>
    /// <param name="reader">Reads the rows.</param>
    /// <param name="style">The style of the answers.</param>
    /// <param name="delimiter">The delimiter of CSV; null: the input is not CSV.</param>
    /// <param name="enough">The time on one thread after which no more rows are started.</param>
    /// <param name="cancellationToken">Cancels between groups.</param>
    /// <returns>The number of rows run (at least 1), their time on one thread, the size of their answers in bytes, and the end of the last
    /// row in a file of records (0: no row).</returns>
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
    /// Works like <see cref="RunAsync(IRowReader, ResultWriter, Func{bool}, CancellationToken)"/>, for rows that may end the process.
    /// Records each group before scoring it.
    /// </summary>
    /// <param name="reader">Reads the rows.</param>
    /// <param name="writer">Receives answers and faults.</param>
    /// <param name="notes">Records the rows before they are scored.</param>
    /// <param name="fatal">The fault of rows that are known to end the process.</param>
    /// <param name="goesOn">Asked before each group whether to continue.</param>
    /// <param name="cancellation">Cancels between groups.</param>
    /// <returns>Whether all rows were processed.</returns>
    public async Task<bool> RunAsync(
        IRowReader reader, ResultWriter writer, RowNotes notes, RowFault fatal, Func<bool> goesOn, CancellationToken cancellation)
    {
        _goesOn = goesOn;
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

    /// <returns>The number of rows to score next.</returns>
    private async Task<int> ScoreAsync(RowBatch batch, ResultWriter writer, CancellationToken cancellation)
    {
        if (model.IsWaiting && scorer is IWaitingScorer waiting)
        {
            return await ScoreWaitingAsync(new(model, waiting, Use, _goesOn, time), batch, writer, cancellation);
        }

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
        // Grow at most fourfold at a time, because rows differ.
        return (int)Math.Clamp(batch.Rows.Count * Math.Min(4, wanted / Max(elapsed)), 1, MostRows);
    }

    /// <summary>
    /// Scores rows of a model that waits for a large model. Only its graph, if it has one, runs on the threads that score.
    /// </summary>
    private async Task<int> ScoreWaitingAsync(WaitingRows rows, RowBatch batch, ResultWriter writer, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await _scoring.ScoreAsync(batch, writer, (inputs, ids) => rows.ScoreAsync(inputs, ids, RunAsync, cancellation));
        Worked += Stopwatch.GetElapsedTime(started);
        End = batch.End;
        return WaitingRows.AtOnce;

        async Task RunAsync(Action work)
        {
            using var turn = await EnterAsync(cancellation);
            await threads.RunAsync(() =>
            {
                work();
                return true;
            });
        }
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
                // Single calls are waiting for the model; they have priority.
                await Task.Delay(BusyPause, time, cancellation);
            }
        }
    }
}
