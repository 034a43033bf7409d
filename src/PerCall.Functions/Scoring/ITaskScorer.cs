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
public interface ITaskScorer : IInputReader
{
    ModelTask Task { get; }

    /// <summary>The operation of a single call.</summary>
    Operation Operation { get; }

    /// <summary>Compares the columns of a CSV file with those of a model, for <see cref="IInputReader.CellsMember"/>.</summary>
    /// <param name="model">The model of the batch.</param>
    /// <param name="columns">The names of the columns whose cells the rows have.</param>
    /// <exception cref="Requests.RefusedException">A required column is missing, or the model does not have a column.</exception>
    void RequireColumns(ModelManifest model, IReadOnlyCollection<string> columns)
    {
    }

    /// <summary>Runs a model on inputs of <see cref="IInputReader.Read"/>. The caller must have the model's turn.</summary>
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
