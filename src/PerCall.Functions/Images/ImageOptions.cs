using System.ComponentModel.DataAnnotations;
using PerCall.Inference.Images;

namespace PerCall.Functions.Images;

/// <summary>Section <c>PerCall:Images</c>.</summary>
public sealed class ImageOptions
{
    public const string Section = "PerCall:Images";

    /// <summary>Maximum size of an encoded picture in bytes.</summary>
    [Range(1024, 100_000_000)]
    public int MaxBytes { get; set; } = 20_000_000;

    /// <summary>
    /// Maximum width × height of a picture, checked in its header. A picture of 40 megapixels takes 160 MB for the milliseconds of its
    /// decoding.
    /// </summary>
    [Range(1, 1_000_000_000)]
    public long MaxPixels { get; set; } = ImageClassifier.DefaultMaxPixels;
}
