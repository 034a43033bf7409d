namespace PerCall.Inference.Recommend.Arrays;

/// <summary>The location of an array in a file.</summary>
/// <param name="Type">The type's name in the safetensors format: F32, I32, I64.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Offset">Its first byte, from the start of the file.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record TensorLocation(string Type, IReadOnlyList<long> Shape, long Offset, long Length)
{
    public long Elements => Shape.Aggregate(1L, (product, d) => product * d);

    /// <summary>Returns the format's name of an element type.</summary>
    public static string TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? "F32"
        : typeof(T) == typeof(int) ? "I32"
        : typeof(T) == typeof(long) ? "I64"
        : throw new NotSupportedException($"Arrays of {typeof(T)} are not supported.");
}
