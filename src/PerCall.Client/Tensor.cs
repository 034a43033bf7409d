using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PerCall.Client;

/// <summary>A tensor of the Open Inference Protocol, with its elements in the protocol's binary form.</summary>
public sealed class Tensor
{
    private static readonly (Type Type, string Name)[] Numbers =
    [
        (typeof(bool), "BOOL"), (typeof(byte), "UINT8"), (typeof(ushort), "UINT16"), (typeof(uint), "UINT32"), (typeof(ulong), "UINT64"),
        (typeof(sbyte), "INT8"), (typeof(short), "INT16"), (typeof(int), "INT32"), (typeof(long), "INT64"), (typeof(Half), "FP16"),
        (typeof(float), "FP32"), (typeof(double), "FP64"),
    ];

    internal Tensor(string name, string datatype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes) =>
        (Name, Datatype, Shape, Bytes) = (name, datatype, shape, bytes);

    /// <summary>The name in the graph.</summary>
    public string Name { get; }

    /// <summary>The element type, for example <c>FP32</c>.</summary>
    public string Datatype { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>
    /// The elements in row-major order, little-endian. A string is its length in bytes (4 bytes), followed by its UTF-8 bytes.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Creates a tensor of numbers or bools.</summary>
    /// <typeparam name="T">bool, a number of 8 to 64 bits, or <see cref="Half"/>.</typeparam>
    /// <param name="name">The name in the graph.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <param name="values">The elements in row-major order; they are copied.</param>
    /// <exception cref="ArgumentException">The protocol has no such element type.</exception>
    public static Tensor From<T>(string name, IReadOnlyList<long> shape, ReadOnlySpan<T> values) where T : unmanaged =>
        new(name, NameOf(typeof(T)), shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Creates a tensor of strings.</summary>
    /// <param name="name">The name in the graph.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <param name="values">The elements in row-major order.</param>
    public static Tensor FromStrings(string name, IReadOnlyList<long> shape, IReadOnlyList<string> values)
    {
        var bytes = new byte[values.Sum(v => sizeof(uint) + Encoding.UTF8.GetByteCount(v))];
        var rest = bytes.AsSpan();
        foreach (var value in values)
        {
            var length = Encoding.UTF8.GetBytes(value, rest[sizeof(uint)..]);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)length);
            rest = rest[(sizeof(uint) + length)..];
        }

        return new(name, "BYTES", shape, bytes);
    }

    /// <summary>Returns the elements of a tensor of numbers or bools.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public T[] ToArray<T>() where T : unmanaged => NameOf(typeof(T)) == Datatype
        ? MemoryMarshal.Cast<byte, T>(Bytes.Span).ToArray()
        : throw new InvalidOperationException($"The tensor '{Name}' is {Datatype}, not {NameOf(typeof(T))}.");

    /// <summary>Returns the elements of a tensor of strings.</summary>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public string[] ToStrings()
    {
        if (Datatype != "BYTES")
        {
            throw new InvalidOperationException($"The tensor '{Name}' is {Datatype}, not BYTES.");
        }

        var values = new List<string>();
        for (var rest = Bytes.Span; !rest.IsEmpty;)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
            values.Add(Encoding.UTF8.GetString(rest.Slice(sizeof(uint), length)));
            rest = rest[(sizeof(uint) + length)..];
        }

        return [.. values];
    }

    private static string NameOf(Type type) => Numbers.FirstOrDefault(n => n.Type == type).Name
        ?? throw new ArgumentException($"The protocol has no element type {type.Name}.", nameof(type));
}

/// <summary>The answer to a call with tensors.</summary>
/// <param name="Model">The model that answered.</param>
/// <param name="Version">The version of that model.</param>
/// <param name="PercallId">The id of the answer in usage and charges.</param>
/// <param name="Outputs">The outputs, in the order in which they were asked for.</param>
public sealed record InferResult(string Model, string Version, string PercallId, IReadOnlyList<Tensor> Outputs);
