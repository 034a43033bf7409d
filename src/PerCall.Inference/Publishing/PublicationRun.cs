using PerCall.Inference.Packages;

namespace PerCall.Inference.Publishing;

/// <summary>How one publication runs.</summary>
public sealed record PublicationRun
{
    /// <summary>
    /// Identifies the publication, so that it can be repeated after it was interrupted: a version that it has already published is no
    /// conflict. Null: it is not repeated.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Runs after the verification, before anything is stored.</summary>
    public Func<ModelManifest, Task>? BeforeStoring { get; init; }

    /// <summary>Gets reports of the progress, on the thread that publishes.</summary>
    public Action<PublicationProgress>? Progress { get; init; }

    /// <summary>How a manifest is derived if the archive has none; null for nothing more than the files say.</summary>
    public DerivationSettings? Derivation { get; init; }

    /// <summary>Whether files that the manifest does not name may be beside the package. They are not published.</summary>
    public bool OnlyNamed { get; init; }

    /// <summary>Returns an action that adds to the bytes done of a stage.</summary>
    internal Action<long> Counter(PublicationStage stage, long total)
    {
        var done = 0L;
        return bytes => Progress?.Invoke(new(stage, Interlocked.Add(ref done, bytes), total));
    }
}

/// <summary>The stages of a publication, in order.</summary>
public enum PublicationStage
{
    /// <summary>The archive is read and unpacked.</summary>
    Unpacking,

    /// <summary>The files' hashes are verified, then the graph is loaded and run.</summary>
    Verifying,

    /// <summary>The files are stored.</summary>
    Storing,
}

/// <summary>How far a stage has come.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Bytes">Bytes of unpacked files that are done.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record PublicationProgress(PublicationStage Stage, long Bytes, long Total);
