using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>An output of a run, in the runtime's memory until the run is disposed of.</summary>
public sealed class RawOutput
{
    private readonly OrtValue _value;

    internal RawOutput(string name, TensorType type, OrtValue value)
    {
        (Name, Type, _value) = (name, type, value);
        var shape = value.GetTensorTypeAndShape();
        (Shape, Count) = (shape.Shape, checked((int)shape.ElementCount));
        ByteCount = type == TensorType.String
            ? Enumerable.Range(0, Count).Sum(i => sizeof(uint) + (long)value.GetStringElementAsSpan(i).Length)
            : (long)Count * ElementTypes.SizeOf(type);
    }

    /// <summary>The name in the graph.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public TensorType Type { get; }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>The bytes that <see cref="CopyTo"/> writes.</summary>
    public long ByteCount { get; }

    /// <summary>The elements of a tensor of numbers or bools, in row-major order.</summary>
    /// <typeparam name="T">A type of the elements' size.</typeparam>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged =>
        Count == 0 ? [] : System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(_value.GetTensorMutableRawData());

    /// <summary>The UTF-8 bytes of a string, as the graph made them: not necessarily valid.</summary>
    public ReadOnlySpan<byte> StringAt(int index) => _value.GetStringElementAsSpan(index);

    /// <summary>Writes the elements in the form of <see cref="RawTensor"/>.</summary>
    /// <param name="bytes">At least <see cref="ByteCount"/> bytes.</param>
    public void CopyTo(Span<byte> bytes)
    {
        if (Type != TensorType.String)
        {
            Values<byte>().CopyTo(bytes);
            return;
        }

        for (var i = 0; i < Count; i++)
        {
            var text = StringAt(i);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)text.Length);
            text.CopyTo(bytes[sizeof(uint)..]);
            bytes = bytes[(sizeof(uint) + text.Length)..];
        }
    }
}
