using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Predict;

/// <summary>Answers the inputs of one task in batches and predictions. Inputs of similar length run together, across all calls.</summary>
public class PredictScorer(PredictTask task, PredictReader reader) : ITaskScorer
{
    public ModelTask Task => task.Task;

    public string Endpoint => task.Endpoint;

    public Operation Operation => task.Operation;

    public int MaxBytes => reader.MaxBytes(task);

    public IReadOnlyCollection<string> TextMembers { get; } =
        [.. task.Members.Where(m => m is "input" or "image"), .. task.Members.Contains("input") ? ["text"] : (string[])[], "model"];

    /// <summary>A task of rows alone has none: the columns of its files belong to the model.</summary>
    public IReadOnlyCollection<string> JsonMembers { get; } = task.IsTable ? [] :
    [
        .. task.Members.Where(m => m is "pairs" or "rows"),
        .. task.TakesRows ? ["row"] : (string[])[],
        .. task.HasLabels ? ["top_k"] : (string[])[],
    ];

    public string? CellsMember => task.IsTable ? PredictBody.CellsMember : null;

    public IReadOnlyList<IReadOnlyList<string>> Subjects { get; } =
        [.. task.Members.Select(m => (IReadOnlyList<string>)(m == "input" ? [m, "text"] : m == "rows" ? [m, "row"] : [m]))];

    public IReadOnlyList<string> Columns { get; } = ["label", "score", "value", "result"];

    public string? BareMember => task.Members.Count == 1 && !task.IsTable ? task.Members[0] : null;

    protected PredictReader Reader => reader;

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => reader.Read(task, json, lenient);

    public void RequireColumns(ModelManifest model, IReadOnlyCollection<string> columns)
    {
        if (task.IsTable && model.Table is { } table)
        {
            TableHeader.Require(model.ToString(), table, columns);
        }
    }

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        foreach (var group in inputs.Cast<PredictCall>().Index().GroupBy(i => i.Item.Options))
        {
            var run = ModelRunner.Run(model, [.. group.SelectMany(i => i.Item.Inputs)], group.Key, cancellation);
            var at = 0;
            foreach (var (i, call) in group)
            {
                outcomes[i] = OutcomeOf(model, call, ids[i], [.. run.Rows.Skip(at).Take(call.Count)]);
                at += call.Count;
            }
        }

        return outcomes;
    }

    private static Outcome OutcomeOf(LoadedModel model, PredictCall call, string id, IReadOnlyList<RowResult> rows)
    {
        try
        {
            return new(
                new TaskAnswer<PredictResponse>(
                    PredictAnswers.Of(id, model.Manifest, call, rows), WireJson.Readable.PredictResponse, CellsOf),
                null);
        }
        catch (InferenceException e)
        {
            return new(null, e);
        }
    }

    /// <summary>The first result as cells: the best label with its score, or the first value, and all of it as JSON.</summary>
    private static IReadOnlyList<object?> CellsOf(PredictResponse response)
    {
        var result = response.Results[0];
        (string? Label, float? Score) best = result switch
        {
            { Predictions: [var first, ..] } => (first.Label, first.Score),
            { Objects: [var first, ..] } => (first.Label, first.Score),
            { Entities: [var first, ..] } => (first.Label, first.Score),
            { Classes: [var first, ..] } => (first.Label, (float)first.Share),
            _ => (null, null),
        };
        return
        [
            best.Label,
            best.Score,
            result.Values is [var value, ..] ? value : null,
            JsonSerializer.Serialize(result, WireJson.Readable.PredictResult),
        ];
    }
}

/// <summary>Same for a task whose inputs may be files with pictures.</summary>
public sealed class PredictFileScorer(PredictTask task, PredictReader reader) : PredictScorer(task, reader), IFileScorer
{
    public int MaxFileBytes => Reader.MaxFileBytes;

    public TaskInput FromFile(byte[] rented, int length) => Reader.OfPicture(null, rented.AsMemory(0, length), rented, new());
}
