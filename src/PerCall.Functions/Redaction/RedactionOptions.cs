using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Redaction;

/// <summary>Section <c>PerCall:Redaction</c>.</summary>
public sealed class RedactionOptions
{
    public const string Section = "PerCall:Redaction";

    /// <summary>Maximum size of the body of a call that redacts texts, in bytes.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 16 << 20;

    /// <summary>Maximum number of characters per text to redact.</summary>
    [Range(1, 100_000_000)]
    public int MaxCharacters { get; set; } = 1 << 20;
}
