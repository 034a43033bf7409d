using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Publishing;

namespace PerCall.Inference.Tables;

/// <summary>Creates a tensor of some columns of rows. A batch of fixed size is filled up with the last row.</summary>
internal static class TableTensors
{
    /// <param name="input">The tensor: [rows] or [rows, columns].</param>
    /// <param name="columns">The indexes of its columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="count">Number of rows of the tensor.</param>
    public static OrtValue Of(TensorDescription input, int[] columns, IReadOnlyList<EncodedInput> rows, int count)
    {
        long[] shape = input.Shape.Count == 1 ? [count] : [count, columns.Length];
        if (input.Type == TensorType.String)
        {
            return Strings(shape, columns, rows, count);
        }

        var tensor = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, GraphTensors.TypeOf(input.Type), shape);
        switch (input.Type)
        {
            case TensorType.Float32:
                Fill<float>(tensor, columns, rows, count);
                break;

            case TensorType.Float16:
                FillHalf(tensor, columns, rows, count);
                break;

            case TensorType.Int32:
                Fill<int>(tensor, columns, rows, count);
                break;

            case TensorType.Int64:
                Fill<long>(tensor, columns, rows, count);
                break;

            default:
                Fill<byte>(tensor, columns, rows, count);
                break;
        }

        return tensor;
    }

    private static OrtValue Strings(long[] shape, int[] columns, IReadOnlyList<EncodedInput> rows, int count)
    {
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < count * columns.Length; i++)
        {
            tensor.StringTensorSetElementAt(Row(rows, i / columns.Length).Texts![columns[i % columns.Length]].AsSpan(), i);
        }

        return tensor;
    }

    private static void Fill<T>(OrtValue tensor, int[] columns, IReadOnlyList<EncodedInput> rows, int count)
        where T : unmanaged, INumberBase<T>
    {
        var values = tensor.GetTensorMutableDataAsSpan<T>();
        for (var row = 0; row < count; row++)
        {
            var numbers = Row(rows, row).Numbers;
            for (var i = 0; i < columns.Length; i++)
            {
                values[(row * columns.Length) + i] = T.CreateSaturating(numbers[columns[i]]);
            }
        }
    }

    private static void FillHalf(OrtValue tensor, int[] columns, IReadOnlyList<EncodedInput> rows, int count)
    {
        var values = tensor.GetTensorMutableDataAsSpan<Float16>();
        for (var i = 0; i < values.Length && i < count * columns.Length; i++)
        {
            values[i] = new(BitConverter.HalfToUInt16Bits((Half)Row(rows, i / columns.Length).Numbers[columns[i % columns.Length]]));
        }
    }

    private static EncodedRow Row(IReadOnlyList<EncodedInput> rows, int index) => (EncodedRow)rows[Math.Min(index, rows.Count - 1)];
}
