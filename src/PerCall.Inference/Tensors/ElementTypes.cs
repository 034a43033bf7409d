using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>Element types: their sizes, and their names in ONNX Runtime.</summary>
public static class ElementTypes
{
    private static readonly (TensorType Type, TensorElementType Native, int Size)[] All =
    [
        (TensorType.Float32, TensorElementType.Float, 4),
        (TensorType.Float16, TensorElementType.Float16, 2),
        (TensorType.Float64, TensorElementType.Double, 8),
        (TensorType.Bool, TensorElementType.Bool, 1),
        (TensorType.Int8, TensorElementType.Int8, 1),
        (TensorType.Int16, TensorElementType.Int16, 2),
        (TensorType.Int32, TensorElementType.Int32, 4),
        (TensorType.Int64, TensorElementType.Int64, 8),
        (TensorType.UInt8, TensorElementType.UInt8, 1),
        (TensorType.UInt16, TensorElementType.UInt16, 2),
        (TensorType.UInt32, TensorElementType.UInt32, 4),
        (TensorType.UInt64, TensorElementType.UInt64, 8),
        (TensorType.String, TensorElementType.String, 0),
    ];

    /// <summary>Returns the bytes of one element; 0 for strings, whose length varies.</summary>
    public static int SizeOf(TensorType type) => All.First(t => t.Type == type).Size;

    internal static TensorElementType Of(TensorType type) => All.First(t => t.Type == type).Native;

    /// <summary>Returns the type; null for the runtime's other types, such as bfloat16.</summary>
    internal static TensorType? Of(TensorElementType native)
    {
        foreach (var type in All)
        {
            if (type.Native == native)
            {
                return type.Type;
            }
        }

        return null;
    }
}
