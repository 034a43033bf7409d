namespace PerCall.Inference.Publishing;

/// <summary>Bounds on an uploaded archive, checked against what is unpacked, not against what its directory says.</summary>
public sealed record PackageLimits
{
    /// <summary>Files in one package.</summary>
    public int MaxEntries { get; init; } = 1000;

    /// <summary>Bytes of all files of a package, unpacked.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>How many times larger than the archive its content may be: weights hardly compress, and a bomb does.</summary>
    public int MaxRatio { get; init; } = 50;
}
