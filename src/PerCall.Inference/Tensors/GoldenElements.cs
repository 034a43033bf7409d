using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>Elements of tensors in golden examples.</summary>
internal static class GoldenElements
{
    /// <summary>Writes elements in the form of <see cref="RawTensor"/>.</summary>
    /// <exception cref="InvalidInputException">An element is not of the type.</exception>
    public static byte[] ToBytes(string name, TensorType type, IReadOnlyList<JsonElement> data)
    {
        using var bytes = new MemoryStream();
        foreach (var (i, element) in data.Index())
        {
            try
            {
                bytes.Write(BytesOf(type, element));
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException)
            {
                throw TensorFaults.Invalid(name, $"has {element} as element {i}; expected {ManifestNames.Of(type)}.");
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Returns an element of an output as text, with all its digits.</summary>
    public static string At(RawOutput output, int index) => Convert.ToString(ValueAt(output, index), CultureInfo.InvariantCulture)!;

    /// <summary>Returns an element of an output as JSON.</summary>
    public static JsonNode NodeAt(RawOutput output, int index) => ValueAt(output, index) switch
    {
        float or double or Half when double.Parse(At(output, index), CultureInfo.InvariantCulture) is var number =>
            double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(At(output, index)),
        bool value => JsonValue.Create(value),
        string text => JsonValue.Create(text),
        var number => JsonValue.Create(Convert.ToDecimal(number, CultureInfo.InvariantCulture)),
    };

    /// <summary>Returns an element of a generated tensor.</summary>
    public static JsonNode Sample(TensorType type, int index) => type switch
    {
        TensorType.Bool => JsonValue.Create(true),
        TensorType.String => JsonValue.Create("a"),
        TensorType.Float32 or TensorType.Float16 or TensorType.Float64 => JsonValue.Create(index % 4 * 0.25),
        _ => JsonValue.Create(1),
    };

    private static object ValueAt(RawOutput output, int index) => output.Type switch
    {
        TensorType.Float32 => output.Values<float>()[index],
        TensorType.Float64 => output.Values<double>()[index],
        TensorType.Float16 => output.Values<Half>()[index],
        TensorType.Bool => output.Values<bool>()[index],
        TensorType.Int8 => output.Values<sbyte>()[index],
        TensorType.Int16 => output.Values<short>()[index],
        TensorType.Int32 => output.Values<int>()[index],
        TensorType.Int64 => output.Values<long>()[index],
        TensorType.UInt8 => output.Values<byte>()[index],
        TensorType.UInt16 => output.Values<ushort>()[index],
        TensorType.UInt32 => output.Values<uint>()[index],
        TensorType.UInt64 => output.Values<ulong>()[index],
        _ => Encoding.UTF8.GetString(output.StringAt(index)),
    };

    private static byte[] BytesOf(TensorType type, JsonElement element)
    {
        if (type == TensorType.String)
        {
            var text = Encoding.UTF8.GetBytes(element.GetString()!);
            var all = new byte[sizeof(uint) + text.Length];
            BinaryPrimitives.WriteUInt32LittleEndian(all, (uint)text.Length);
            text.CopyTo(all, sizeof(uint));
            return all;
        }

        return type switch
        {
            TensorType.Float32 => BitConverter.GetBytes(element.GetSingle()),
            TensorType.Float64 => BitConverter.GetBytes(element.GetDouble()),
            TensorType.Float16 => BitConverter.GetBytes((Half)element.GetSingle()),
            TensorType.Bool => [(byte)(element.GetBoolean() ? 1 : 0)],
            TensorType.Int8 => [(byte)element.GetSByte()],
            TensorType.Int16 => BitConverter.GetBytes(element.GetInt16()),
            TensorType.Int32 => BitConverter.GetBytes(element.GetInt32()),
            TensorType.Int64 => BitConverter.GetBytes(element.GetInt64()),
            TensorType.UInt8 => [element.GetByte()],
            TensorType.UInt16 => BitConverter.GetBytes(element.GetUInt16()),
            TensorType.UInt32 => BitConverter.GetBytes(element.GetUInt32()),
            _ => BitConverter.GetBytes(element.GetUInt64()),
        };
    }
}
