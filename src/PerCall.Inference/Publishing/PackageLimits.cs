namespace PerCall.Inference.Publishing;

/// <summary>Bounds on an uploaded archive, checked against what is unpacked, not against what its directory says.</summary>
public sealed record PackageLimits
{
    /// <summary>Files in one package.</summary>
    public int MaxEntries { get; init; } = 1000;

    /// <summary>Bytes of an archive.</summary>
    public long MaxArchiveBytes { get; init; } = 2L << 30;

    /// <summary>Bytes of all files of a package, unpacked.</summary>
    public long MaxBytes { get; init; } = 2L << 30;

    /// <summary>How long loading, the trial run and the golden examples may take together.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many times larger than the archive its content may be: weights hardly compress, and a bomb does.</summary>
    public int MaxRatio { get; init; } = 50;
}
