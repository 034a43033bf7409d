using PerCall.Inference.Packages;

namespace PerCall.Functions.OpenInference;

/// <summary>The protocol's names of element types.</summary>
public static class Datatypes
{
    private static readonly (TensorType Type, string Name)[] All =
    [
        (TensorType.Bool, "BOOL"), (TensorType.UInt8, "UINT8"), (TensorType.UInt16, "UINT16"), (TensorType.UInt32, "UINT32"),
        (TensorType.UInt64, "UINT64"), (TensorType.Int8, "INT8"), (TensorType.Int16, "INT16"), (TensorType.Int32, "INT32"),
        (TensorType.Int64, "INT64"), (TensorType.Float16, "FP16"), (TensorType.Float32, "FP32"), (TensorType.Float64, "FP64"),
        (TensorType.String, "BYTES"),
    ];

    public static string Allowed { get; } = string.Join(", ", All.Select(t => t.Name));

    public static string NameOf(TensorType type) => All.First(t => t.Type == type).Name;

    /// <summary>Returns the type; null: the protocol has no such name, or PerCall does not support it.</summary>
    public static TensorType? TypeOf(string name)
    {
        foreach (var type in All)
        {
            if (type.Name == name)
            {
                return type.Type;
            }
        }

        return null;
    }
}
