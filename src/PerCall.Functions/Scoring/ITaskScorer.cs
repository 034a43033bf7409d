using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Scoring;

/// <summary>What became of one input: an answer, or why there is none.</summary>
public readonly record struct Outcome(TaskAnswer? Answer, Exception? Fault);

/// <summary>A task's way from inputs to answers for those who have many inputs and no request: batches and predictions.</summary>
public interface ITaskScorer
{
    ModelTask Task { get; }

    /// <summary>The path of the single call.</summary>
    string Endpoint { get; }

    /// <summary>What a single call is charged as.</summary>
    Operation Operation { get; }

    /// <summary>Bytes that one input may have as JSON.</summary>
    int MaxBytes { get; }

    /// <summary>
    /// Names of an input's members that hold text as it stands; all others hold JSON. For tables, whose cells are text only.
    /// </summary>
    IReadOnlyCollection<string> TextMembers { get; }

    /// <inheritdoc cref="TextMembers"/>
    IReadOnlyCollection<string> JsonMembers { get; }

    /// <summary>Members that say what is scored, those of the same meaning together: an input has one at least.</summary>
    IReadOnlyList<IReadOnlyList<string>> Subjects { get; }

    /// <summary>Names of an answer's cells.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>The member that an input which is no object stands for; null: an input is an object.</summary>
    string? BareMember { get; }

    /// <summary>Reads the body of a single call, whose model may be left out.</summary>
    /// <param name="json">The body.</param>
    /// <param name="lenient">
    /// Whether further members are passed over: those of a file's row are its sender's, and a kept input was checked when it was taken in.
    /// Elsewhere they are a fault.
    /// </param>
    /// <exception cref="Requests.RefusedException">It is not of the form.</exception>
    TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false);

    /// <summary>Runs a model, whose turn the caller has, on inputs of <see cref="Read"/>.</summary>
    /// <param name="model">A model of <see cref="Task"/>, held by a lease.</param>
    /// <param name="inputs">Some, or none.</param>
    /// <param name="ids">An id for each answer.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>An outcome for each input, in their order. An input that no model can be run on is its own fault, and not that of the
    /// others.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation);
}

/// <summary>A task whose inputs may come as the bytes of files, as they are.</summary>
public interface IFileScorer : ITaskScorer
{
    /// <summary>Bytes of one file.</summary>
    int MaxFileBytes { get; }

    /// <param name="rented">From the shared pool; the input gives it back.</param>
    /// <param name="length">Of the file.</param>
    TaskInput FromFile(byte[] rented, int length);
}
