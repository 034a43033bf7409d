namespace PerCall.Backups;

/// <summary>
/// The last restore of the tables. The command writes it before the first row and after the last one. The service reads it: it gives out no
/// budget until it has computed what is spent, and it ignores uploads from before the restore.
/// </summary>
/// <param name="Format">The number of the format: <see cref="BackupManifest.CurrentFormat"/>.</param>
/// <param name="Backup">The id of the backup.</param>
/// <param name="BegunAt">When the restore began, by storage's clock.</param>
/// <param name="CopiedAt">When all rows were in the tables; null: the command was interrupted and has to run again.</param>
/// <param name="CompletedAt">When the service had computed all budgets; null: it has not yet.</param>
/// <param name="CleanedAt">When the service had removed the blobs whose rows are lost; null: it has not yet.</param>
public sealed record RestoreMark(
    int Format,
    string Backup,
    DateTimeOffset BegunAt,
    DateTimeOffset? CopiedAt = null,
    DateTimeOffset? CompletedAt = null,
    DateTimeOffset? CleanedAt = null);
