using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Idempotency;

/// <summary>Section <c>PerCall:Idempotency</c>.</summary>
public sealed class IdempotencyOptions
{
    public const string Section = "PerCall:Idempotency";

    /// <summary>Maximum body size, in bytes, of a call with an <c>Idempotency-Key</c>. The whole body is held in memory.</summary>
    [Range(1024, 104_857_600)]
    public int MaxBytes { get; set; } = 33_554_432;

    /// <summary>
    /// How long a call with an <c>Idempotency-Key</c> may take before its instance is presumed dead and a repeated call may replace it.
    /// Exactness does not depend on it: if both calls finish, one is refused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the answers of calls with an <c>Idempotency-Key</c> are kept.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);
}
