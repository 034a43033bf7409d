using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Images;

/// <summary>A picture.</summary>
/// <param name="Bytes">The encoded picture.</param>
/// <param name="MaxPixels">The largest number of pixels that is decoded.</param>
public sealed record Picture(ReadOnlyMemory<byte> Bytes, long MaxPixels = ImageClassifier.DefaultMaxPixels) : ModelInput
{
    /// <summary>Disables the codec's scaled decoding, as a reference for measurements.</summary>
    internal bool DecodeInFull { get; init; }
}
