using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Upkeep;

/// <summary>Section <c>PerCall:Upkeep</c>.</summary>
public sealed class UpkeepOptions
{
    public const string Section = "PerCall:Upkeep";

    /// <summary>
    /// Time between two rounds of chores while work is open, and from the first charge of a quiet period to its first round. Without open
    /// work, only a timer starts rounds, every 15 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}
