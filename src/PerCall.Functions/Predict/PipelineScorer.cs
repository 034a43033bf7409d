using System.Text.Json.Serialization.Metadata;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Predict;

/// <summary>
/// Answers calls on models that are an input with an output kind. Inputs of similar length run together, across all calls of a batch.
/// </summary>
/// <typeparam name="TBody">The wire record of the answer.</typeparam>
public abstract class PipelineScorer<TBody> : ITaskScorer, IPipelineScorer
{
    public abstract ModelTask Task { get; }

    public abstract string Endpoint { get; }

    public abstract Operation Operation { get; }

    public abstract int MaxBytes { get; }

    public abstract IReadOnlyCollection<string> TextMembers { get; }

    public abstract IReadOnlyCollection<string> JsonMembers { get; }

    public abstract IReadOnlyList<IReadOnlyList<string>> Subjects { get; }

    public abstract IReadOnlyList<string> Columns { get; }

    public abstract string? BareMember { get; }

    public virtual string? CellsMember => null;

    /// <summary>How the answer is serialized.</summary>
    protected abstract JsonTypeInfo<TBody> Type { get; }

    /// <summary>The prefix of an answer's id.</summary>
    protected abstract string IdPrefix { get; }

    public virtual void RequireColumns(ModelManifest model, IReadOnlyCollection<string> columns)
    {
    }

    public abstract TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false);

    /// <summary>Returns the single call with inputs of <see cref="Read"/>.</summary>
    /// <param name="model">The model as the caller named it.</param>
    /// <param name="call">The inputs.</param>
    /// <param name="cancellation">Cancels the run.</param>
    public ModelCall<ModelRun, TBody> CallOf(string model, PredictCall call, CancellationToken cancellation) => new()
    {
        Operation = Operation,
        Model = model,
        Units = call.Units,
        Run = (loaded, _) => ModelRunner.RunAsync(loaded.Require(Task), call.Inputs, call.Options, cancellation),
        Stages = run => new(run.Queued, run.Prepared, run.Inferred),
        IdPrefix = IdPrefix,
        Answer = (id, manifest, run) => AnswerOf(id, manifest, call, run.Rows),
        Type = Type,
    };

    public ModelCall<ModelRun, TAnswer> CallOf<TAnswer>(
        string model, PredictCall call, Func<IReadOnlyList<ModelOutput>, TAnswer> answer, JsonTypeInfo<TAnswer> type,
        CancellationToken cancellation) =>
        CallOf(model, call, cancellation).Answering((_, _, run) => answer(call.OutputsOf(run.Rows)), type);

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var outcomes = new Outcome[inputs.Count];
        foreach (var group in inputs.Cast<PredictCall>().Index().GroupBy(i => i.Item.Options))
        {
            var run = ModelRunner.Run(model, [.. group.SelectMany(i => i.Item.Inputs)], group.Key, cancellation);
            var at = 0;
            foreach (var (i, call) in group)
            {
                outcomes[i] = OutcomeOf(model, call, ids[i], new ArraySegment<RowResult>((RowResult[])run.Rows, at, call.Count));
                at += call.Count;
            }
        }

        return outcomes;
    }

    /// <summary>Makes the answer of a call.</summary>
    /// <param name="id">The id of the answer.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="call">The call.</param>
    /// <param name="rows">One outcome for each input of the call, none of them a fault.</param>
    protected abstract TBody Answer(string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows);

    /// <summary>Returns an answer as cells, in the order of <see cref="Columns"/>.</summary>
    protected abstract IReadOnlyList<object?> CellsOf(TBody body);

    /// <exception cref="InferenceException">The model has no answer for an input. The message names it.</exception>
    private TBody AnswerOf(string id, ModelManifest manifest, PredictCall call, IReadOnlyList<RowResult> rows)
    {
        _ = call.OutputsOf(rows);
        return Answer(id, manifest, call, rows);
    }

    private Outcome OutcomeOf(LoadedModel model, PredictCall call, string id, IReadOnlyList<RowResult> rows)
    {
        try
        {
            return new(new TaskAnswer<TBody>(AnswerOf(id, model.Manifest, call, rows), Type, CellsOf), null);
        }
        catch (InferenceException e)
        {
            return new(null, e);
        }
    }
}
