using System.Text.Json.Serialization;

namespace PerCall.Backups;

/// <summary>How a table of the service gets back after a loss.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TableKind>))]
public enum TableKind
{
    /// <summary>Its rows are in the backup.</summary>
    Copied,

    /// <summary>The service computes its rows again from data that is not in tables.</summary>
    Rebuilt,

    /// <summary>It begins empty.</summary>
    LeftOut,
}

/// <summary>A table of the service, as its slice declares it.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Kind">How the table gets back.</param>
/// <param name="Filter">An OData filter for the rows to copy; null: all rows.</param>
/// <param name="Reason">Why the table is not copied; null if it is.</param>
public sealed record BackupTable(string Name, TableKind Kind, string? Filter = null, string? Reason = null);

/// <summary>A blob with some of a table's rows: JSON Lines, compressed with gzip.</summary>
/// <param name="Blob">The blob's name in the container.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Bytes">The blob's size in bytes.</param>
/// <param name="Sha256">SHA-256 of the blob's bytes, in hexadecimal digits.</param>
public sealed record BackupPart(string Blob, long Rows, long Bytes, string Sha256);

/// <summary>A table in a backup.</summary>
/// <param name="Table">The table as it was declared when the backup was taken.</param>
/// <param name="Parts">The blobs with its rows, in order.</param>
public sealed record BackupCopy(BackupTable Table, IReadOnlyList<BackupPart> Parts)
{
    /// <summary>Where the copy continues, as storage reported it; null: at the table's start, or the table is complete.</summary>
    public string? Next { get; init; }

    /// <summary>Whether all rows are copied.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The number of rows in all parts.</summary>
    [JsonIgnore]
    public long Rows => Parts.Sum(p => p.Rows);
}

/// <summary>
/// What a backup consists of. It is written last, so a backup without a manifest is not complete. While the backup is taken, the same
/// record holds its progress.
/// </summary>
public sealed record BackupManifest
{
    /// <summary>The format that this version writes, and the newest one that it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The number of the format. A reader refuses a newer one.</summary>
    public required int Format { get; init; }

    /// <summary>The day (UTC), for example <c>2026-11-29</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The version of the service that took the backup.</summary>
    public required string Service { get; init; }

    /// <summary>A row that was not changed after this time is in the backup as it was at this time.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last row was copied; null while the backup is taken.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The process that takes the backup, and when it last said so. Null in a complete backup.</summary>
    public BackupClaim? Claim { get; init; }

    /// <summary>All tables of the service, in the order in which they are copied.</summary>
    public required IReadOnlyList<BackupCopy> Tables { get; init; }

    /// <summary>The number of rows in all tables.</summary>
    [JsonIgnore]
    public long Rows => Tables.Sum(t => t.Rows);
}

/// <summary>The process that takes a backup.</summary>
/// <param name="Owner">A random name of the process.</param>
/// <param name="At">When it wrote its progress.</param>
public sealed record BackupClaim(string Owner, DateTimeOffset At);

/// <summary>JSON of the blobs in the container.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(RestoreMark))]
internal sealed partial class BackupJson : JsonSerializerContext;
