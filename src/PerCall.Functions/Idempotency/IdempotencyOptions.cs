using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Idempotency;

/// <summary>Section <c>PerCall:Idempotency</c>.</summary>
internal sealed class IdempotencyOptions
{
    public const string Section = "PerCall:Idempotency";

    /// <summary>Bytes of the body of a call with an Idempotency-Key, which is held in memory whole. Default 32 MiB.</summary>
    [Range(1024, 104_857_600)]
    public int MaxBytes { get; set; } = 33_554_432;

    /// <summary>
    /// How long a call may go unfinished before a repetition takes its place, its instance being taken for dead. Exactness does not rest on it: of two that both
    /// finish one is refused. Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lapse { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long answers are kept. Default 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromHours(24);
}
