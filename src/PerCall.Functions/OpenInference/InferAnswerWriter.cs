using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using PerCall.Inference.Packages;
using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>Writes the answer of a call with tensors: JSON, and binary data after it.</summary>
internal static class InferAnswerWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Refuses outputs that the caller wants in JSON and that have no form there. Called before the run.</summary>
    public static void RequireForm(InferMessage message, IEnumerable<TensorInfo> outputs)
    {
        if (outputs.FirstOrDefault(o => o.Type == TensorType.Float16 && !message.IsBinary(o.Name)) is { } half)
        {
            throw InferFaults.HalfInJson(half.Name);
        }
    }

    /// <returns>The length of the JSON, if binary data follow; otherwise null.</returns>
    /// <exception cref="Requests.RefusedException">422: the answer is too long, or JSON cannot represent a value of it.</exception>
    public static int? Write(
        RentedBuffer buffer, string id, ModelManifest manifest, InferMessage message, IReadOnlyList<RawOutput> outputs, int limit)
    {
        var binary = outputs.Where(o => message.IsBinary(o.Name)).ToList();
        if (binary.Sum(o => o.ByteCount) > limit)
        {
            throw InferFaults.AnswerTooLong(limit);
        }

        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("model_name", manifest.Name);
            json.WriteString("model_version", manifest.Version);
            if (message.Id is { } given)
            {
                json.WriteString("id", given);
            }

            json.WriteStartObject("parameters");
            json.WriteString("percall_id", id);
            json.WriteEndObject();
            json.WriteStartArray("outputs");
            foreach (var output in outputs)
            {
                Write(json, output, message.IsBinary(output.Name));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var length = buffer.Memory.Length;
        foreach (var output in binary)
        {
            var bytes = (int)output.ByteCount;
            output.CopyTo(buffer.GetSpan(bytes));
            buffer.Advance(bytes);
        }

        return buffer.Memory.Length > limit ? throw InferFaults.AnswerTooLong(limit) : binary.Count > 0 ? length : null;
    }

    private static void Write(Utf8JsonWriter json, RawOutput output, bool isBinary)
    {
        json.WriteStartObject();
        json.WriteString("name", output.Name);
        json.WriteString("datatype", Datatypes.NameOf(output.Type));
        json.WriteStartArray("shape");
        foreach (var dimension in output.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        if (isBinary)
        {
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", output.ByteCount);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data");
            WriteData(json, output);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, RawOutput output)
    {
        switch (output.Type)
        {
            case TensorType.Bool:
                Each(json, output.Values<byte>(), static (json, value) => json.WriteBooleanValue(value != 0));
                break;
            case TensorType.UInt8:
                Each(json, output.Values<byte>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.UInt16:
                Each(json, output.Values<ushort>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.UInt32:
                Each(json, output.Values<uint>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.UInt64:
                Each(json, output.Values<ulong>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.Int8:
                Each(json, output.Values<sbyte>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.Int16:
                Each(json, output.Values<short>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.Int32:
                Each(json, output.Values<int>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.Int64:
                Each(json, output.Values<long>(), static (json, value) => json.WriteNumberValue(value));
                break;
            case TensorType.Float32:
                Each(json, output.Values<float>(), (json, value) => json.WriteNumberValue(Finite(output.Name, value)));
                break;
            case TensorType.Float64:
                Each(json, output.Values<double>(), (json, value) => json.WriteNumberValue(Finite(output.Name, value)));
                break;
            case TensorType.String:
                WriteStrings(json, output);
                break;
            default:
                throw InferFaults.HalfInJson(output.Name);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, RawOutput output)
    {
        for (var i = 0; i < output.Count; i++)
        {
            var text = output.StringAt(i);
            json.WriteStringValue(Utf8.IsValid(text) ? text : throw InferFaults.NotText(output.Name, i));
        }
    }

    private static void Each<T>(Utf8JsonWriter json, ReadOnlySpan<T> values, Action<Utf8JsonWriter, T> write)
    {
        foreach (var value in values)
        {
            write(json, value);
        }
    }

    private static T Finite<T>(string output, T value) where T : System.Numerics.IFloatingPoint<T> => T.IsFinite(value)
        ? value
        : throw InferFaults.NotANumber(output, value.ToString(null, CultureInfo.InvariantCulture));
}
