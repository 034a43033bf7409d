using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Recommend;

/// <summary>Section <c>PerCall:Recommend</c>.</summary>
public sealed class RecommendOptions
{
    public const string Section = "PerCall:Recommend";

    /// <summary>Maximum size of a call's body in bytes. 4 MiB are enough for 10,000 items and a history of 10,000 entries.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 4 << 20;
}
