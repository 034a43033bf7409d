using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Predictions;

/// <summary>Section <c>PerCall:Predictions</c>.</summary>
public sealed class PredictionOptions
{
    public const string Section = "PerCall:Predictions";

    /// <summary>How long predictions are kept after they are accepted. A prediction that has not ended by then fails.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a prediction may run. It is then stopped, and a prediction of a dead instance is taken over. Exactness does not depend on
    /// it: if two runs finish, one is refused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>
    /// How long a prediction may wait for its queue message before a round of chores sends another one.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Pause before the next attempt, if the charge was not written, or the model has no capacity and gives no retry time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many predictions of one tenant run at once, on all instances together. The tenant's other predictions wait in line.
    /// </summary>
    [Range(1, 1000)]
    public int AtOncePerTenant { get; set; } = 4;

    /// <summary>How many predictions of a tenant may wait in line. Further ones are refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>Longest pause between two checks for a caller that waits (`Prefer: wait`). The first pause is a tenth of it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(0.5);
}
