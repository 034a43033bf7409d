using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Backups;

/// <summary>Section <c>PerCall:Backups</c>.</summary>
public sealed class BackupOptions
{
    public const string Section = "PerCall:Backups";

    /// <summary>The hour of the day (UTC) from which the tables are copied.</summary>
    [Range(0, 23)]
    public int Hour { get; set; } = 2;

    /// <summary>
    /// How long backups are kept. What a backup contains of an erased tenant can be restored for this time, three days and
    /// <c>PerCall:Storage:UndoDays</c>.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(30);
}
