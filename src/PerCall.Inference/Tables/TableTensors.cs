using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tensors;

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
        var type = ElementTypes.Of(input.Type);
        if (type == TensorElementType.String)
        {
            return Strings(shape, columns, rows, count);
        }

        var tensor = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        Action<OrtValue, int[], IReadOnlyList<EncodedInput>> fill = type switch
        {
            TensorElementType.Float => Fill<float>,
            TensorElementType.Double => Fill<double>,
            TensorElementType.Float16 => FillHalf,
            TensorElementType.Bool => FillBool,
            TensorElementType.Int8 => Fill<sbyte>,
            TensorElementType.UInt8 => Fill<byte>,
            TensorElementType.Int16 => Fill<short>,
            TensorElementType.UInt16 => Fill<ushort>,
            TensorElementType.Int32 => Fill<int>,
            TensorElementType.UInt32 => Fill<uint>,
            TensorElementType.UInt64 => Fill<ulong>,
            _ => Fill<long>,
        };
        fill(tensor, columns, rows);
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

    private static void Fill<T>(OrtValue tensor, int[] columns, IReadOnlyList<EncodedInput> rows)
        where T : unmanaged, INumberBase<T>
    {
        var values = tensor.GetTensorMutableDataAsSpan<T>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = T.CreateSaturating(NumberAt(columns, rows, i));
        }
    }

    private static void FillHalf(OrtValue tensor, int[] columns, IReadOnlyList<EncodedInput> rows)
    {
        var values = tensor.GetTensorMutableDataAsSpan<Float16>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = new(BitConverter.HalfToUInt16Bits((Half)NumberAt(columns, rows, i)));
        }
    }

    private static void FillBool(OrtValue tensor, int[] columns, IReadOnlyList<EncodedInput> rows)
    {
        var values = tensor.GetTensorMutableDataAsSpan<bool>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = NumberAt(columns, rows, i) != 0;
        }
    }

    private static double NumberAt(int[] columns, IReadOnlyList<EncodedInput> rows, int index) =>
        Row(rows, index / columns.Length).Numbers[columns[index % columns.Length]];

    private static EncodedRow Row(IReadOnlyList<EncodedInput> rows, int index) => (EncodedRow)rows[Math.Min(index, rows.Count - 1)];
}
