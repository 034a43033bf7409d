using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Scoring;

/// <summary>The outcome of one input: an answer, or the error that prevented it.</summary>
public readonly record struct Outcome(TaskAnswer? Answer, Exception? Fault);

/// <summary>Turns a task's inputs into answers without a request per input, for batches and predictions.</summary>
public interface ITaskScorer : IInputReader
{
    ModelTask Task { get; }

    /// <summary>The operation of a single call.</summary>
    Operation Operation { get; }

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

/// <summary>A task whose inputs may be the raw bytes of files.</summary>
public interface IFileScorer : ITaskScorer
{
    /// <summary>Maximum size of one file, in bytes.</summary>
    int MaxFileBytes { get; }

    /// <param name="rented">The file's bytes, in an array from the shared pool; the input returns the array.</param>
    /// <param name="length">The length of the file in bytes.</param>
    TaskInput FromFile(byte[] rented, int length);
}
