using PerCall.Inference.LargeModels;
using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Registry;

/// <summary>A package whose graph is in memory, or whose large model can be asked, ready for a pipeline.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly ModelSession? _session;

    internal LoadedModel(ModelManifest manifest, ModelSession? session, IReadOnlyList<string> labels, RunQueue queue, long bytes) =>
        (Manifest, _session, Labels, Queue, Bytes) = (manifest, session, labels, queue, bytes);

    /// <summary>The manifest of the package.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The labels, in the order of the output tensor.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The size of the graph and weights in bytes. It counts against the memory budget.</summary>
    public long Bytes { get; }

    /// <summary>
    /// Whether calls wait for a large model: always, or after the graph has run. Such calls hold no thread while they wait.
    /// </summary>
    public bool IsWaiting => Labeler is not null || Manifest.Fallback is not null;

    /// <summary>Whether a large model answers all calls. It needs no turn (<see cref="EnterAsync"/>).</summary>
    public bool IsLarge => Labeler is not null;

    /// <exception cref="InvalidOperationException">The package has no graph.</exception>
    internal ModelSession Session => _session ?? throw new InvalidOperationException($"{Manifest} has no graph.");

    /// <summary>Asks the large model of the package; null for a package with a graph.</summary>
    internal LargeModelLabeler? Labeler { get; init; }

    internal RunQueue Queue { get; }

    /// <summary>The result of <see cref="TaskDefinition.PrepareAsync"/>. The task defines its type.</summary>
    internal object? Prepared { get; init; }

    /// <summary>Keeps the package's files on disk while the model is loaded.</summary>
    internal IDisposable? Files { get; set; }

    /// <summary>Returns the model itself, if it is for a task.</summary>
    /// <exception cref="ModelNotFoundException">It is for another task.</exception>
    public LoadedModel Require(ModelTask task) => Manifest.Task == task ? this : throw WrongTask.Of(Manifest, task);

    /// <summary>
    /// Waits for a turn to run the model. Turns are given to shares (<see cref="TurnShare"/>) in rotation. Dispose of the result after the
    /// run, or after a few runs in sequence.
    /// </summary>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ModelBusyException">Too many calls are waiting for the model.</exception>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellation) => await Queue.EnterAsync(cancellation);

    /// <summary>Frees the session. No run may be active.</summary>
    public void Dispose()
    {
        _session?.Dispose();
        Files?.Dispose();
        (Prepared as IDisposable)?.Dispose();
        Queue.Dispose();
    }
}
