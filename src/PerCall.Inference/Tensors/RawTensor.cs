using System.Buffers.Binary;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>
/// A tensor in the caller's memory: the elements in row-major order and little-endian, without gaps. A bool is one byte, 0 or 1. A string
/// is its length in bytes (4 bytes, unsigned), followed by its UTF-8 bytes.
/// </summary>
public sealed record RawTensor
{
    /// <summary>Maximum number of dimensions.</summary>
    public const int MaxRank = 32;

    private RawTensor(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> bytes, int count) =>
        (Name, Type, Shape, Bytes, Count) = (name, type, shape, bytes, count);

    /// <summary>The name in the graph.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public TensorType Type { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The elements. The memory must stay valid while a run uses the tensor.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>Checks that the elements fill the shape exactly, and makes the tensor. Copies nothing.</summary>
    /// <param name="name">The name in the graph.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions, outermost first; empty for a scalar.</param>
    /// <param name="bytes">The elements, as the type describes them.</param>
    /// <exception cref="InvalidInputException">A dimension is negative or too large, or the elements do not fill the shape.</exception>
    public static RawTensor Create(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
    {
        var count = CountOf(name, shape);
        if (type == TensorType.String)
        {
            CheckStrings(name, shape, bytes.Span, count);
            return new(name, type, [.. shape], bytes, count);
        }

        var size = ElementTypes.SizeOf(type);
        if (bytes.Length != (long)count * size)
        {
            throw TensorFaults.WrongLength(name, type, shape, bytes.Length, (long)count * size);
        }

        if (type == TensorType.Bool && bytes.Span.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
        {
            throw TensorFaults.Invalid(name, $"has {bytes.Span[at]} as element {at}; expected the byte 0 or 1 for a bool.");
        }

        return new(name, type, [.. shape], bytes, count);
    }

    /// <summary>Returns the number of elements of a shape.</summary>
    /// <param name="name">The tensor's name, for errors.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="InvalidInputException">A dimension is negative, or there are too many dimensions or elements.</exception>
    public static int CountOf(string name, IReadOnlyList<long> shape)
    {
        if (shape.Count > MaxRank)
        {
            throw TensorFaults.Invalid(name, $"has {shape.Count} dimensions; allowed: at most {MaxRank}.");
        }

        // The runtime multiplies dimensions too, so the product without zeros is bounded as well.
        var (count, bound) = (1L, 1L);
        foreach (var dimension in shape)
        {
            if (dimension < 0)
            {
                throw TensorFaults.Invalid(name, $"has the shape {TensorFaults.Text(shape)}; a dimension must be 0 or more.");
            }

            var factor = Math.Max(1, dimension);
            if (factor > int.MaxValue / bound)
            {
                throw TensorFaults.Invalid(
                    name, $"has the shape {TensorFaults.Text(shape)}; allowed: at most {int.MaxValue:N0} elements.");
            }

            (count, bound) = (count * dimension, bound * factor);
        }

        return (int)count;
    }

    private static void CheckStrings(string name, IReadOnlyList<long> shape, ReadOnlySpan<byte> bytes, int count)
    {
        var rest = bytes;
        var found = 0;
        while (!rest.IsEmpty)
        {
            if (rest.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(rest) > rest.Length - sizeof(uint))
            {
                throw TensorFaults.Invalid(
                    name, $"ends inside string {found}; expected for each string its length (4 bytes) and so many bytes.");
            }

            rest = rest[(sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(rest))..];
            found++;
        }

        if (found != count)
        {
            throw TensorFaults.WrongCount(name, shape, found, count);
        }
    }
}
