using PerCall.Functions.Pricing;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Scoring;

/// <summary>The outcome of one input: an answer, or the error that prevented it.</summary>
public readonly record struct Outcome(TaskAnswer? Answer, Exception? Fault)
{
    /// <summary>Which model answered how much; null: the model itself answered, without a large model.</summary>
    public AnswerShares? Shares { get; init; }
}

/// <summary>Runs work on a model's graph, with the model's turn. Completes when the work is done.</summary>
public delegate Task RunOnGraph(Action work);

/// <summary>Turns a task's inputs into answers without a request per input, for batches and predictions.</summary>
public interface ITaskScorer
{
    ModelTask Task { get; }

    /// <summary>The path of the task's single call.</summary>
    string Endpoint { get; }

    /// <summary>The operation of a single call.</summary>
    Operation Operation { get; }

    /// <summary>Maximum size of one input as JSON, in bytes.</summary>
    int MaxBytes { get; }

    /// <summary>
    /// Names of the input's members that hold plain text; all others hold JSON. Used for tables, whose cells are always text.
    /// </summary>
    IReadOnlyCollection<string> TextMembers { get; }

    /// <inheritdoc cref="TextMembers"/>
    IReadOnlyCollection<string> JsonMembers { get; }

    /// <summary>Names of the members with the content to score, grouped by synonyms. An input has at least one of them.</summary>
    IReadOnlyList<IReadOnlyList<string>> Subjects { get; }

    /// <summary>Column names of an answer's cells.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>The member that an input stands for when it is not an object; null: an input must be an object.</summary>
    string? BareMember { get; }

    /// <summary>Parses the body of a single call. The model may be left out.</summary>
    /// <param name="json">The body as JSON in UTF-8.</param>
    /// <param name="lenient">
    /// Whether unknown members are ignored. A file's rows may have members of their sender's, and a stored input was checked when it was
    /// accepted. Elsewhere unknown members are an error.
    /// </param>
    /// <exception cref="Requests.RefusedException">The body is invalid.</exception>
    TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false);

    /// <summary>Runs a model on inputs of <see cref="Read"/>. The caller must have the model's turn.</summary>
    /// <param name="model">A model of <see cref="Task"/>, held by a lease.</param>
    /// <param name="inputs">The inputs; may be empty.</param>
    /// <param name="ids">One id per answer.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <returns>
    /// One outcome per input, in the same order. An input that a model cannot run on fails alone, without failing the others.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation);
}

/// <summary>A task whose models can wait for large models (<see cref="LoadedModel.IsWaiting"/>).</summary>
public interface IWaitingScorer : ITaskScorer
{
    /// <summary>Like <see cref="ITaskScorer.Score"/>, for a model that waits. Holds no thread and no turn while it waits.</summary>
    /// <param name="model">A model that waits for a large model, held by a lease.</param>
    /// <param name="inputs">The inputs; may be empty.</param>
    /// <param name="ids">One id per answer.</param>
    /// <param name="use">How large models may be used.</param>
    /// <param name="run">Runs the graph, for a model that has one.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <inheritdoc cref="ITaskScorer.Score" path="/returns"/>
    /// <inheritdoc cref="ITaskScorer.Score" path="/exception"/>
    Task<Outcome[]> ScoreAsync(
        LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, LargeModelUse use, RunOnGraph run,
        CancellationToken cancellation);
}

/// <summary>A task whose inputs may be the raw bytes of files.</summary>
public interface IFileScorer : ITaskScorer
{
    /// <summary>Maximum size of one file, in bytes.</summary>
    int MaxFileBytes { get; }

    /// <param name="rented">The file's bytes, in an array from the shared pool; the input returns the array.</param>
    /// <param name="length">The length of the file in bytes.</param>
    TaskInput FromFile(byte[] rented, int length);
}
