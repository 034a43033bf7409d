using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Registry;

/// <summary>A package whose graph is in memory: what a pipeline runs on.</summary>
public sealed class LoadedModel : IDisposable
{
    /// <exception cref="ModelCorruptException">There are neither as many thresholds as labels nor one.</exception>
    internal LoadedModel(ModelManifest manifest, ModelSession session, IReadOnlyList<string> labels, RunQueue queue, long bytes)
    {
        (Manifest, Session, Labels, Queue, Bytes) = (manifest, session, labels, queue, bytes);
        Thresholds = Classification.Thresholds.Of(manifest, labels.Count);
        RepeatedLabels = [.. labels.GroupBy(l => l, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
    }

    /// <summary>What the package says of itself.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The labels, in the order of the output tensor.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Labels that stand in the file more than once.</summary>
    internal HashSet<string> RepeatedLabels { get; }

    /// <summary>What the model counts for against the memory budget: the bytes of its graph and weights.</summary>
    public long Bytes { get; }

    internal ModelSession Session { get; }

    internal RunQueue Queue { get; }

    /// <summary>What a classifier's output still needs.</summary>
    internal Activation Activation => Manifest.Output?.Activation ?? Activation.None;

    /// <summary>The score from which each label applies, where each is decided for by itself; null where one of many is chosen.</summary>
    internal float[]? Thresholds { get; }

    /// <summary>What <see cref="TaskDefinition.PrepareAsync"/> read; its type belongs to the task.</summary>
    internal object? Prepared { get; init; }

    /// <summary>Keeps the package's files on the disk.</summary>
    internal IDisposable? Files { get; set; }

    /// <summary>Waits for the model's turn, in order. Dispose of it when the run, or a few runs one after another, have ended.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ModelBusyException">As many calls are waiting as may wait.</exception>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellation) => await Queue.EnterAsync(cancellation);

    /// <summary>Frees the session. Nothing may be running.</summary>
    public void Dispose()
    {
        Session.Dispose();
        Files?.Dispose();
        (Prepared as IDisposable)?.Dispose();
        Queue.Dispose();
    }
}
