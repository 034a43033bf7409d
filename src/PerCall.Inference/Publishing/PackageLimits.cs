namespace PerCall.Inference.Publishing;

/// <summary>Limits for an uploaded archive. They are checked against the unpacked data, not against the archive's directory.</summary>
public sealed record PackageLimits
{
    /// <summary>Maximum number of files in a package.</summary>
    public int MaxEntries { get; init; } = 1000;

    /// <summary>Maximum size of an archive in bytes.</summary>
    public long MaxArchiveBytes { get; init; } = 10L << 30;

    /// <summary>Maximum unpacked size of a package in bytes.</summary>
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>How errors name the setting of the two sizes.</summary>
    public string BytesSetting { get; init; } = nameof(MaxBytes);

    /// <summary>Maximum total time for loading, the trial run and the golden examples.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Maximum ratio of unpacked size to archive size. Weights hardly compress, but a ZIP bomb does.</summary>
    public int MaxRatio { get; init; } = 50;
}
