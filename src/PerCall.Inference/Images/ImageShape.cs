using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>The dimensions of an image tensor, in any order; -1 is a free dimension.</summary>
internal readonly record struct ImageShape(int Batch, int Channels, int Height, int Width)
{
    public static ImageShape From(IReadOnlyList<int> shape, TensorLayout layout) => layout == TensorLayout.Nchw
        ? new(shape[0], shape[1], shape[2], shape[3])
        : new(shape[0], shape[3], shape[1], shape[2]);
}
