namespace PerCall.Backups;

/// <summary>Bounds of a backup's work.</summary>
public sealed record BackupSizes
{
    /// <summary>Rows after which a part ends, at the end of the page. A process that dies loses the work on one part.</summary>
    public int PartRows { get; init; } = 20_000;

    /// <summary>Rows that are read at once. Storage allows 1,000.</summary>
    public int PageRows { get; init; } = 1_000;

    /// <summary>How long one run works. The next run continues.</summary>
    public TimeSpan RunTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a process that has written no progress keeps the backup to itself.</summary>
    public TimeSpan ClaimTime { get; init; } = TimeSpan.FromMinutes(5);
}
