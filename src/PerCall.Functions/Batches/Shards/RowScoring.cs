using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Scoring;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Shards;

/// <summary>A few rows to lines of answers and of faults, on the thread that calls.</summary>
/// <param name="model">Whose turn the caller has.</param>
/// <param name="scorer">Of its task.</param>
/// <param name="parser">Of the file's rows.</param>
internal sealed class RowScoring(LoadedModel model, ITaskScorer scorer, RowParser parser)
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
    }
}
