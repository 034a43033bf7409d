using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Scores a group of rows and writes answers and faults, on the caller's thread.</summary>
/// <param name="model">The model. The caller must hold its turn.</param>
/// <param name="scorer">The scorer of the model's task.</param>
/// <param name="parser">Parses the file's rows.</param>
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

            Write(rows, Score(inputs, ids, cancellation), writer);
        }
        finally
        {
            inputs.ForEach(i => i.Dispose());
        }
    }

    /// <summary>Scores a group of rows with a model that waits for a large model. Holds no thread while it waits.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="writer">Receives answers and faults.</param>
    /// <param name="score">Scores inputs; the second parameter has one id per input.</param>
    public async Task ScoreAsync(
        RowBatch batch, ResultWriter writer, Func<IReadOnlyList<TaskInput>, IReadOnlyList<string>, Task<Outcome[]>> score)
    {
        ParsedRow[] rows = [.. batch.Rows.Select(r => parser.Parse(batch, r))];
        List<TaskInput> inputs = [.. rows.Select(r => r.Input).OfType<TaskInput>()];
        try
        {
            Write(rows, await score(inputs, [.. rows.Where(r => r.Input is not null).Select(writer.RequestId)]), writer);
        }
        finally
        {
            inputs.ForEach(i => i.Dispose());
        }
    }

    private static void Write(ParsedRow[] rows, Outcome[] outcomes, ResultWriter writer)
    {
        var scored = 0;
        foreach (var row in rows)
        {
            if (row.Fault is not null)
            {
                writer.Fail(row, row.Fault);
            }
            else if (outcomes[scored++] is { Answer: { } answer, Shares: var shares })
            {
                writer.Deliver(row, answer, shares);
            }
            else
            {
                writer.Fail(row, RowFault.Of(outcomes[scored - 1].Fault!));
            }
        }
    }

    /// <summary>Writes the fault for all rows of a part of a file.</summary>
    /// <returns>True: all rows were processed.</returns>
    public static async Task<bool> FailAllAsync(
        IRowReader reader, RowParser parser, ResultWriter writer, RowFault fault, CancellationToken cancellation)
    {
        const int RowsAtOnce = 100;
        using var batch = new RowBatch();
        for (; await reader.ReadAsync(batch, RowsAtOnce, cancellation); batch.Clear())
        {
            Fail(batch, parser, writer, fault);
            await writer.StageAsync(all: false, cancellation);
        }

        return true;
    }

    /// <summary>Writes the fault for all rows that can be read.</summary>
    public static void Fail(RowBatch batch, RowParser parser, ResultWriter writer, RowFault fault)
    {
        foreach (var raw in batch.Rows)
        {
            var row = parser.Parse(batch, raw);
            row.Input?.Dispose();
            writer.Fail(row, row.Fault ?? fault);
        }
    }

    /// <summary>Scores inputs. If a run fails, runs its inputs again in halves until the input that fails alone is found.</summary>
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
