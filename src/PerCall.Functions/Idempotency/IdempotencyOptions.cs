using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Idempotency;

/// <summary>Section <c>PerCall:Idempotency</c>.</summary>
public sealed class IdempotencyOptions
{
    public const string Section = "PerCall:Idempotency";

    /// <summary>Bytes of the body of a call with an <c>Idempotency-Key</c>, which is held in memory whole.</summary>
    [Range(1024, 104_857_600)]
    public int MaxBytes { get; set; } = 33_554_432;

    /// <summary>
    /// How long such a call may go unfinished before a repetition takes its place, its instance being taken for dead. Exactness does not
    /// rest on it: of two that both finish one is refused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the answers of calls with an <c>Idempotency-Key</c> are kept.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);
}
