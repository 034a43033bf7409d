using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace PerCall.Inference.Sessions;

/// <summary>Reads float32 values from an output of any element type.</summary>
internal static class TensorReader
{
    /// <summary>Copies the first <paramref name="values"/>.Length elements.</summary>
    /// <exception cref="InvalidOperationException">The tensor is shorter, or its type cannot hold scores.</exception>
    public static void CopyTo(OrtValue tensor, Span<float> values)
    {
        switch (tensor.GetTensorTypeAndShape().ElementDataType)
        {
            case TensorElementType.Float:
                First(tensor.GetTensorDataAsSpan<float>(), values.Length).CopyTo(values);
                break;

            case TensorElementType.Float16:
                var halves = First(tensor.GetTensorDataAsSpan<Float16>(), values.Length);
                for (var i = 0; i < halves.Length; i++)
                {
                    values[i] = (float)BitConverter.UInt16BitsToHalf(halves[i].value);
                }

                break;

            case TensorElementType.UInt8:
                var bytes = First(tensor.GetTensorDataAsSpan<byte>(), values.Length);
                for (var i = 0; i < bytes.Length; i++)
                {
                    values[i] = bytes[i];
                }

                break;

            case var type:
                throw new InvalidOperationException($"An output of element type {type} cannot contain scores.");
        }
    }

    private static ReadOnlySpan<T> First<T>(ReadOnlySpan<T> values, int count) => values.Length >= count
        ? values[..count]
        : throw new InvalidOperationException($"The output has {values.Length} values; expected {count}, one per label.");
}
