using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Functions.Predict;

/// <summary>Answers the calls of one task of this slice.</summary>
public class PredictScorer(PredictTask task, PredictReader reader) : PipelineScorer<PredictResponse>
{
    public override ModelTask Task => task.Task;

    public override string Endpoint => task.Endpoint;

    public override Operation Operation => task.Operation;

    public override int MaxBytes => reader.MaxBytes(task);

    public override IReadOnlyCollection<string> TextMembers { get; } =
        [.. task.Members.Where(m => m is "input" or "image"), .. task.Members.Contains("input") ? ["text"] : (string[])[], "model"];

    /// <summary>A task of rows alone has none: the columns of its files belong to the model.</summary>
    public override IReadOnlyCollection<string> JsonMembers { get; } = task.IsTable ? [] :
    [
        .. task.Members.Where(m => m is "pairs" or "rows"),
        .. task.TakesRows ? ["row"] : (string[])[],
        .. task.HasLabels ? ["top_k"] : (string[])[],
    ];

    public override string? CellsMember => task.IsTable ? PredictBody.CellsMember : null;

    public override IReadOnlyList<IReadOnlyList<string>> Subjects { get; } =
        [.. task.Members.Select(m => (IReadOnlyList<string>)(m == "input" ? [m, "text"] : m == "rows" ? [m, "row"] : [m]))];

    public override IReadOnlyList<string> Columns { get; } = ["label", "score", "value", "result"];

    public override string? BareMember => task.Members.Count == 1 && !task.IsTable ? task.Members[0] : null;

    protected PredictReader Reader => reader;

    protected override JsonTypeInfo<PredictResponse> Type => WireJson.Readable.PredictResponse;

    protected override string IdPrefix => task.IdPrefix;

    public override TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false) => reader.Read(task, json, lenient);

    public override void RequireColumns(ModelManifest model, IReadOnlyCollection<string> columns)
    {
        if (task.IsTable && model.Table is { } table)
        {
            TableHeader.Require(model.ToString(), table, columns);
        }
    }

    protected override PredictResponse Answer(string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows) =>
        PredictAnswers.Of(id, manifest, call, rows);

    /// <summary>The first result as cells: the best label with its score, or the first value, and all of it as JSON.</summary>
    protected override IReadOnlyList<object?> CellsOf(PredictResponse response)
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
