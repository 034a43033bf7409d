using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>A few rows to lines of answers and of faults, on the thread that calls.</summary>
/// <param name="model">Whose turn the caller has.</param>
/// <param name="scorer">Of its task.</param>
/// <param name="parser">Of the file's rows.</param>
public sealed class RowScoring(LoadedModel model, ITaskScorer scorer, RowParser parser)
{
    public void Score(RowBatch batch, ResultWriter writer, CancellationToken cancellation)
    {
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

            var outcomes = Score(inputs, ids, cancellation);
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
    }

    /// <summary>Has all rows fail that can be read.</summary>
    public static void Fail(RowBatch batch, RowParser parser, ResultWriter writer, RowFault fault)
    {
        foreach (var raw in batch.Rows)
        {
            var row = parser.Parse(batch, raw);
            row.Input?.Dispose();
            writer.Fail(row, row.Fault ?? fault);
        }
    }

    /// <summary>Where a run fails, its inputs are run again by halves, until the one is found that fails by itself.</summary>
    private Outcome[] Score(List<TaskInput> inputs, List<string> ids, CancellationToken cancellation)
    {
        try
        {
            return scorer.Score(model, inputs, ids, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            var half = inputs.Count / 2;
            return half == 0
                ? [new(null, e)]
                : [.. Score(inputs[..half], ids[..half], cancellation), .. Score(inputs[half..], ids[half..], cancellation)];
        }
    }
}
