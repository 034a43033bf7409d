using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>Reads float32 values from an output of any numeric element type.</summary>
internal static class TensorReader
{
    /// <summary>Returns the shape of an output with numbers.</summary>
    /// <exception cref="OutputShapeException">It is no tensor, or has other elements.</exception>
    public static long[] ShapeOf(OrtValue output, string name, string where = "output.tensor")
    {
        if (!output.IsTensor)
        {
            throw new OutputShapeException(where, $"names '{name}', which is a {output.OnnxType}, not a tensor.");
        }

        var info = output.GetTensorTypeAndShape();
        return info.ElementDataType is TensorElementType.String or TensorElementType.Bool
            ? throw new OutputShapeException(where, $"names '{name}', whose values are {info.ElementDataType}; expected numbers.")
            : info.Shape;
    }

    /// <summary>Copies elements as float32.</summary>
    /// <param name="tensor">A tensor of numbers.</param>
    /// <param name="from">The first element.</param>
    /// <param name="values">Receives the elements.</param>
    public static void CopyTo(OrtValue tensor, int from, Span<float> values)
    {
        switch (tensor.GetTensorTypeAndShape().ElementDataType)
        {
            case TensorElementType.Float:
                tensor.GetTensorDataAsSpan<float>().Slice(from, values.Length).CopyTo(values);
                break;

            case TensorElementType.Float16:
                var halves = tensor.GetTensorDataAsSpan<Float16>().Slice(from, values.Length);
                for (var i = 0; i < halves.Length; i++)
                {
                    values[i] = (float)BitConverter.UInt16BitsToHalf(halves[i].value);
                }

                break;

            case TensorElementType.Double:
                Convert<double>(tensor, from, values, static v => (float)v);
                break;

            case TensorElementType.UInt8:
                Convert<byte>(tensor, from, values, static v => v);
                break;

            case TensorElementType.Int8:
                Convert<sbyte>(tensor, from, values, static v => v);
                break;

            case TensorElementType.Int16:
                Convert<short>(tensor, from, values, static v => v);
                break;

            case TensorElementType.UInt16:
                Convert<ushort>(tensor, from, values, static v => v);
                break;

            case TensorElementType.UInt32:
                Convert<uint>(tensor, from, values, static v => v);
                break;

            case TensorElementType.UInt64:
                Convert<ulong>(tensor, from, values, static v => v);
                break;

            case TensorElementType.Int32:
                Convert<int>(tensor, from, values, static v => v);
                break;

            case TensorElementType.Int64:
                Convert<long>(tensor, from, values, static v => v);
                break;

            case var type:
                throw new InvalidOperationException($"An output of element type {type} cannot be read as numbers.");
        }
    }

    private static void Convert<T>(OrtValue tensor, int from, Span<float> values, Func<T, float> convert)
        where T : unmanaged
    {
        var source = tensor.GetTensorDataAsSpan<T>().Slice(from, values.Length);
        for (var i = 0; i < source.Length; i++)
        {
            values[i] = convert(source[i]);
        }
    }
}
