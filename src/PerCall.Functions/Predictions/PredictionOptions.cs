using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Predictions;

/// <summary>Section <c>PerCall:Predictions</c>.</summary>
internal sealed class PredictionOptions
{
    public const string Section = "PerCall:Predictions";

    /// <summary>How long predictions are kept from when they were taken in; one that has not ended by then fails.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long one may run; then it is ended, and what a dead instance ran is taken over. Exactness does not rest on it: of two that both finish one is refused.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(6);
}
