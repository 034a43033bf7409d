using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Text;

/// <summary>Section <c>PerCall:Text</c>.</summary>
public sealed class TextOptions
{
    public const string Section = "PerCall:Text";

    /// <summary>Maximum size of the body of a call with texts, in bytes.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 16 << 20;

    /// <summary>Maximum number of characters per text.</summary>
    [Range(1, 100_000_000)]
    public int MaxCharacters { get; set; } = 1 << 20;
}
