using System.ComponentModel.DataAnnotations;
using PerCall.Inference.Images;

namespace PerCall.Functions.Images;

/// <summary>Section <c>PerCall:Images</c>.</summary>
public sealed class ImageOptions
{
    public const string Section = "PerCall:Images";

    /// <summary>Bytes of one encoded picture.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 20_000_000;

    /// <summary>
    /// Width × height of one picture, looked at in its header; a 40-megapixel one takes 160 MB for the milliseconds of its decoding.
    /// </summary>
    [Range(1, 1_000_000_000)]
    public long MaxPixels { get; set; } = ImageClassifier.DefaultMaxPixels;
}
