using System.Buffers.Binary;
using System.Text.Json;
using PerCall.Inference.Packages;
using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>
/// Reads a tensor's elements from a JSON array: flat, or nested as its shape. The data's form and number of elements must match the shape.
/// </summary>
/// <param name="name">The tensor's name.</param>
/// <param name="shape">Its dimensions.</param>
/// <param name="count">The number of elements of the shape.</param>
internal sealed class JsonTensor(string name, IReadOnlyList<long> shape, int count)
{
    /// <param name="reader">At the start of the array; at its end afterwards.</param>
    /// <param name="type">The element type.</param>
    /// <param name="jsonLength">The length of the whole JSON in bytes, which bounds the number of elements.</param>
    /// <param name="buffers">Memory for the elements.</param>
    /// <returns>The elements in the form of <see cref="RawTensor"/>.</returns>
    public ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, TensorType type, int jsonLength, RequestBuffers buffers) => type switch
    {
        TensorType.Bool => Numbers<bool, BoolElement>(ref reader, jsonLength, buffers),
        TensorType.UInt8 => Numbers<byte, UInt8Element>(ref reader, jsonLength, buffers),
        TensorType.UInt16 => Numbers<ushort, UInt16Element>(ref reader, jsonLength, buffers),
        TensorType.UInt32 => Numbers<uint, UInt32Element>(ref reader, jsonLength, buffers),
        TensorType.UInt64 => Numbers<ulong, UInt64Element>(ref reader, jsonLength, buffers),
        TensorType.Int8 => Numbers<sbyte, Int8Element>(ref reader, jsonLength, buffers),
        TensorType.Int16 => Numbers<short, Int16Element>(ref reader, jsonLength, buffers),
        TensorType.Int32 => Numbers<int, Int32Element>(ref reader, jsonLength, buffers),
        TensorType.Int64 => Numbers<long, Int64Element>(ref reader, jsonLength, buffers),
        TensorType.Float32 => Numbers<float, Float32Element>(ref reader, jsonLength, buffers),
        TensorType.Float64 => Numbers<double, Float64Element>(ref reader, jsonLength, buffers),
        TensorType.String => Strings(ref reader, buffers),
        _ => throw TensorFaults.Invalid(name, "is FP16, which has no form in JSON; send it as binary data."),
    };

    private ReadOnlyMemory<byte> Numbers<T, TElement>(ref Utf8JsonReader reader, int jsonLength, RequestBuffers buffers)
        where T : unmanaged
        where TElement : IJsonElement<T>
    {
        // An element and what separates it from the next one take two bytes of the text, so a false shape rents no more than that.
        var most = Math.Min(count, (jsonLength - (int)reader.TokenStartIndex) / 2);
        var buffer = buffers.Rent();
        var size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(buffer.GetSpan((most * size) + size));
        var walk = new Walk(this);
        while (walk.Next(ref reader))
        {
            if (!TElement.TryRead(ref reader, out var value))
            {
                throw Wrong(ref reader, walk.Found - 1, TElement.Expected);
            }

            if (walk.Found <= most)
            {
                values[walk.Found - 1] = value;
            }
        }

        // The walk has found as many as the shape has, and the text has no more than `most`.
        buffer.Advance(count * size);
        return buffer.Memory;
    }

    private ReadOnlyMemory<byte> Strings(ref Utf8JsonReader reader, RequestBuffers buffers)
    {
        var buffer = buffers.Rent();
        var walk = new Walk(this);
        while (walk.Next(ref reader))
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Wrong(ref reader, walk.Found - 1, "a string");
            }

            if (walk.Found <= count)
            {
                var bytes = buffer.GetSpan(sizeof(uint) + reader.ValueSpan.Length);
                var length = reader.CopyString(bytes[sizeof(uint)..]);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)length);
                buffer.Advance(sizeof(uint) + length);
            }
        }

        return buffer.Memory;
    }

    private Inference.InvalidInputException Wrong(ref Utf8JsonReader reader, int index, string expected) =>
        TensorFaults.Invalid(name, $"has {JsonValues.Shown(ref reader)} as element {index}; expected {expected}.");

    /// <summary>Goes through the elements, and compares the arrays with the shape.</summary>
    private struct Walk(JsonTensor tensor)
    {
        private readonly int[] _lengths = new int[tensor.Rank + 1];
        private int _depth = 1;
        private bool? _isNested;

        /// <summary>The elements so far.</summary>
        public int Found { get; private set; }

        /// <summary>Moves to the next element; false: the data end.</summary>
        /// <exception cref="Inference.InvalidInputException">The arrays do not match the shape.</exception>
        public bool Next(ref Utf8JsonReader reader)
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray:
                        Enter();
                        break;
                    case JsonTokenType.EndArray:
                        if (Leave())
                        {
                            return false;
                        }

                        break;
                    default:
                        if ((_isNested ??= false) && _depth != tensor.Rank)
                        {
                            throw tensor.WrongNesting();
                        }

                        _lengths[_depth]++;
                        Found++;
                        return true;
                }
            }

            return false;
        }

        private void Enter()
        {
            _isNested ??= true;
            if (_isNested == false || _depth >= tensor.Rank)
            {
                throw tensor.WrongNesting();
            }

            _lengths[_depth]++;
            _depth++;
            _lengths[_depth] = 0;
        }

        private bool Leave()
        {
            if (_isNested == true && _lengths[_depth] != tensor.Dimension(_depth))
            {
                throw tensor.WrongArray(_lengths[_depth], _depth);
            }

            _depth--;
            if (_depth > 0)
            {
                return false;
            }

            return Found == tensor.Count ? true : throw tensor.WrongCount(Found);
        }
    }

    /// <summary>The depth of nested data. A scalar is one element in an array.</summary>
    private int Rank => Math.Max(1, shape.Count);

    private int Count => count;

    private long Dimension(int depth) => shape[depth - 1];

    private Inference.InvalidInputException WrongCount(int found) => TensorFaults.WrongCount(name, shape, found, count);

    private Inference.InvalidInputException WrongArray(int found, int depth) => TensorFaults.Invalid(
        name,
        $"has an array of {found} at depth {depth} of its data; expected {Dimension(depth)} for the shape {TensorFaults.Text(shape)}.");

    private Inference.InvalidInputException WrongNesting() => TensorFaults.Invalid(
        name, $"has data that are nested otherwise than its shape {TensorFaults.Text(shape)}; send them flat, or nested as the shape.");
}
