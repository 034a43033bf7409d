using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.OpenInference;

/// <summary>Section <c>PerCall:OpenInference</c>.</summary>
public sealed class OpenInferenceOptions
{
    public const string Section = "PerCall:OpenInference";

    /// <summary>Maximum size of the body of a call with tensors, in bytes.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 64 << 20;

    /// <summary>Maximum size of the answer of a call with tensors, in bytes.</summary>
    [Range(1024, 1 << 30)]
    public int MaxAnswerBytes { get; set; } = 64 << 20;
}
