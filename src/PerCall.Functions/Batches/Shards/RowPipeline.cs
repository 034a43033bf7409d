using System.Diagnostics;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Rows to answers, a few at a time: as many as take some tens of milliseconds, so that a turn of the model is never held for long.</summary>
/// <param name="model">Held by a lease.</param>
/// <param name="scorer">Of its task.</param>
/// <param name="parser">Of the file's rows.</param>
/// <param name="threads">On which it runs.</param>
/// <param name="time">For pauses.</param>
internal sealed class RowPipeline(LoadedModel model, ITaskScorer scorer, RowParser parser, ScoringThreads threads, TimeProvider time)
{
    private const int FirstRows = 4;
    private const int MostRows = 512;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortTurn = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Time spent on rows so far, on one thread.</summary>
    public TimeSpan Worked { get; private set; }

    /// <param name="reader">The rows.</param>
    /// <param name="writer">Where answers and faults go.</param>
    /// <param name="goesOn">Asked before each few rows.</param>
    /// <param name="cancellation">Ends it in between.</param>
    /// <returns>Whether it came to the end.</returns>
    public async Task<bool> RunAsync(IRowReader reader, ResultWriter writer, Func<bool> goesOn, CancellationToken cancellation)
    {
        using var batch = new RowBatch();
        for (var most = FirstRows; await reader.ReadAsync(batch, most, cancellation); batch.Clear())
        {
            if (!goesOn())
            {
                return false;
            }

            using (await EnterAsync(cancellation))
            {
                var elapsed = await threads.RunAsync(() => Work(batch, writer, cancellation));
                Worked += elapsed;
                var wanted = threads.AreSinglesRunning ? ShortTurn : Turn;
                // A quarter of what is measured at a time, because rows are not all alike.
                most = (int)Math.Clamp(batch.Rows.Count * Math.Min(4, wanted / Max(elapsed)), 1, MostRows);
            }

            await writer.StageAsync(all: false, cancellation);
        }

        return true;
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

    private TimeSpan Work(RowBatch batch, ResultWriter writer, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var rows = new ParsedRow[batch.Rows.Count];
        List<TaskInput> inputs = new(rows.Length);
        List<string> ids = new(rows.Length);
        try
        {
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = parser.Parse(batch, batch.Rows[i]);
                if (rows[i].Input is { } input)
                {
                    inputs.Add(input);
                    ids.Add(writer.RequestId(rows[i]));
                }
            }

            var outcomes = scorer.Score(model, inputs, ids, cancellation);
            var scored = 0;
            foreach (var row in rows)
            {
                if (row.Fault is not null)
                {
                    writer.Fail(row, row.Fault);
                }
                else if (outcomes[scored++] is { Answer: { } answer })
                {
                    writer.Deliver(row, answer);
                }
                else
                {
                    writer.Fail(row, RowFault.Of(outcomes[scored - 1].Fault!));
                }
            }
        }
        finally
        {
            inputs.ForEach(i => i.Dispose());
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
