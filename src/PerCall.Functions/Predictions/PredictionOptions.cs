using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Predictions;

/// <summary>Section <c>PerCall:Predictions</c>.</summary>
public sealed class PredictionOptions
{
    public const string Section = "PerCall:Predictions";

    /// <summary>How long predictions are kept from when they were taken in; one that has not ended by then fails.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long one may run; then it is ended, and what a dead instance ran is taken over. Exactness does not rest on it: of two that both
    /// finish one is refused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>How long a prediction may wait for its message before the sweep, which runs every minute, sends another one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Pause before the next try of a prediction whose charge was not written, or whose model has no room and does not say for how long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many predictions of one tenant run at once, on all instances together; the tenant's others wait in line.</summary>
    [Range(1, 1000)]
    public int AtOncePerTenant { get; set; } = 4;

    /// <summary>How many predictions of a tenant may wait in line; one beyond is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>Longest pause between two looks for a caller that waits (`Prefer: wait`); the first is a tenth of it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(0.5);
}
