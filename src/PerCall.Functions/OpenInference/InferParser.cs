using System.Text.Json;
using PerCall.Functions.Requests;
using PerCall.Inference.Packages;
using PerCall.Inference.Tensors;

namespace PerCall.Functions.OpenInference;

/// <summary>
/// Parses the JSON of a call with tensors. Unknown members are refused by name. Memory is rented only for data that the body contains.
/// </summary>
/// <param name="json">The JSON part.</param>
/// <param name="binary">The binary part; null: the request declares none.</param>
/// <param name="buffers">Memory for data that is given as JSON.</param>
internal sealed class InferParser(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte>? binary, RequestBuffers buffers)
{
    /// <summary>Maximum number of inputs, and of outputs.</summary>
    public const int MaxTensors = 1024;

    // The arrays of a tensor's data are in objects and arrays of the message.
    private const int MaxDepth = RawTensor.MaxRank + 8;

    private ReadOnlyMemory<byte> _rest = binary ?? default;
    private string? _tensor;

    /// <exception cref="RefusedException">The text is not a call.</exception>
    /// <exception cref="Inference.InvalidInputException">A tensor contradicts its shape or type.</exception>
    public InferMessage Parse()
    {
        var text = JsonBody.Text(json.Span);
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            var message = Message(ref reader);
            reader.Read();
            return _rest.IsEmpty ? message : throw InferFaults.Header(
                $"leaves {_rest.Length:N0} bytes after the last binary tensor; the sizes ('binary_data_size') do not add up.");
        }
        catch (JsonException e)
        {
            throw InferFaults.NotJson(_tensor, ReasonOf(e, text[(int)reader.BytesConsumed..]), e);
        }
        catch (InvalidOperationException e)
        {
            // Strings are unescaped when they are read. The text is UTF-8, so only this is left.
            throw InferFaults.NotJson(_tensor, "an escape is half of a surrogate pair, which is not a character", e);
        }
    }

    private InferMessage Message(ref Utf8JsonReader reader)
    {
        string? id = null;
        List<RawTensor>? inputs = null;
        List<AskedOutput> outputs = [];
        var isBinary = false;
        var members = JsonMembers.Begin(ref reader, "", InferFaults.Form);
        while (members.Next(ref reader, out var name))
        {
            switch (name)
            {
                case "id":
                    id = JsonValues.TextOrNull(ref reader, name);
                    break;
                case "parameters":
                    isBinary = Parameters(ref reader, name);
                    break;
                case "inputs":
                    inputs = Inputs(ref reader);
                    break;
                case "outputs":
                    outputs = Outputs(ref reader);
                    break;
                default:
                    throw InferFaults.UnknownMember(name, "id, parameters, inputs, outputs");
            }
        }

        return new(id, inputs ?? throw InferFaults.Missing("inputs", "send all inputs of the model"), outputs, isBinary);
    }

    private static bool Parameters(ref Utf8JsonReader reader, string path)
    {
        var isBinary = false;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return isBinary;
        }

        var members = JsonMembers.Begin(ref reader, path, "an object with binary_data_output");
        while (members.Next(ref reader, out var name))
        {
            isBinary = name == "binary_data_output"
                ? JsonValues.Flag(ref reader, members.Where) ?? false
                : throw InferFaults.UnknownMember(members.Where, "binary_data_output");
        }

        return isBinary;
    }

    private static List<AskedOutput> Outputs(ref Utf8JsonReader reader)
    {
        var outputs = new List<AskedOutput>();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return outputs;
        }

        Array(ref reader, "outputs");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            outputs.Add(outputs.Count < MaxTensors
                ? Output(ref reader, $"outputs[{outputs.Count}]")
                : throw InferFaults.TooMany("outputs", MaxTensors));
        }

        return outputs;
    }

    private static AskedOutput Output(ref Utf8JsonReader reader, string path)
    {
        string? output = null;
        bool? isBinary = null;
        var members = JsonMembers.Begin(ref reader, path, "an object with name");
        while (members.Next(ref reader, out var name))
        {
            switch (name)
            {
                case "name":
                    output = JsonValues.Text(ref reader, members.Where);
                    break;
                case "parameters" when reader.TokenType == JsonTokenType.Null:
                    break;
                case "parameters":
                    var parameters = JsonMembers.Begin(ref reader, members.Where, "an object with binary_data");
                    while (parameters.Next(ref reader, out var parameter))
                    {
                        isBinary = parameter == "binary_data"
                            ? JsonValues.Flag(ref reader, parameters.Where)
                            : throw InferFaults.UnknownMember(parameters.Where, "binary_data");
                    }

                    break;
                default:
                    throw InferFaults.UnknownMember(members.Where, "name, parameters");
            }
        }

        return new(output ?? throw InferFaults.Missing($"{path}.name", "send the name of an output"), isBinary);
    }

    private List<RawTensor> Inputs(ref Utf8JsonReader reader)
    {
        var inputs = new List<RawTensor>();
        Array(ref reader, "inputs");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            inputs.Add(inputs.Count < MaxTensors
                ? Input(ref reader, $"inputs[{inputs.Count}]")
                : throw InferFaults.TooMany("inputs", MaxTensors));
            _tensor = null;
        }

        return inputs;
    }

    private RawTensor Input(ref Utf8JsonReader reader, string path)
    {
        string? tensor = null;
        TensorType? type = null;
        List<long>? shape = null;
        long? size = null;
        ReadOnlyMemory<byte>? values = null;
        var hasData = false;
        Utf8JsonReader data = default;
        var members = JsonMembers.Begin(ref reader, path, "an object with name, shape, datatype, data");
        while (members.Next(ref reader, out var name))
        {
            switch (name)
            {
                case "name":
                    tensor = JsonValues.Text(ref reader, members.Where);
                    break;
                case "shape":
                    shape = Shape(ref reader, members.Where);
                    break;
                case "datatype":
                    type = Datatype(ref reader, members.Where);
                    break;
                case "parameters":
                    size = Size(ref reader, members.Where);
                    break;
                case "data" when reader.TokenType == JsonTokenType.Null:
                    break;
                case "data":
                    _tensor = tensor ?? path;
                    Array(ref reader, members.Where);
                    hasData = true;
                    data = reader;
                    if (tensor is not null && type is { } known && shape is not null)
                    {
                        values = Data(ref reader, tensor, known, shape);
                    }
                    else
                    {
                        // What the data has to be comes later. They are read again then.
                        reader.Skip();
                    }

                    break;
                default:
                    throw InferFaults.UnknownMember(members.Where, "name, shape, datatype, parameters, data");
            }
        }

        _tensor = tensor ?? throw InferFaults.Missing($"{path}.name", "send the name of an input");
        var elements = type ?? throw InferFaults.Missing($"{path}.datatype", $"allowed: {Datatypes.Allowed}");
        _ = shape ?? throw InferFaults.Missing($"{path}.shape", "send the dimensions, outermost first");
        if (hasData && size is not null)
        {
            throw TensorFaults.Invalid(tensor, "has both 'data' and 'binary_data_size'; expected one of them.");
        }

        if (hasData)
        {
            values ??= Data(ref data, tensor, elements, shape);
        }
        else
        {
            values = Binary(tensor, size ?? throw InferFaults.Missing(
                $"{path}.data", $"the tensor '{Page.Short(tensor)}' needs it, or 'binary_data_size'"));
        }

        var created = RawTensor.Create(tensor, elements, shape, values.Value);
        if (elements == TensorType.String)
        {
            buffers.CountStrings(created.Count, created.Bytes.Length);
        }

        return created;
    }

    private ReadOnlyMemory<byte> Data(ref Utf8JsonReader reader, string tensor, TensorType type, List<long> shape) =>
        new JsonTensor(tensor, shape, RawTensor.CountOf(tensor, shape)).Read(ref reader, type, json.Length, buffers);

    private ReadOnlyMemory<byte> Binary(string tensor, long size)
    {
        if (binary is null)
        {
            throw InferFaults.Header($"is missing; the tensor '{Page.Short(tensor)}' is sent as binary data.");
        }

        if (size < 0 || size > _rest.Length)
        {
            throw TensorFaults.Invalid(tensor, $"has a 'binary_data_size' of {size}, but {_rest.Length:N0} bytes are left in the body.");
        }

        var bytes = _rest[..(int)size];
        _rest = _rest[(int)size..];
        return bytes;
    }

    private static long? Size(ref Utf8JsonReader reader, string path)
    {
        long? size = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return size;
        }

        var members = JsonMembers.Begin(ref reader, path, "an object with binary_data_size");
        while (members.Next(ref reader, out var name))
        {
            size = name == "binary_data_size"
                ? JsonValues.Whole(ref reader, members.Where)
                : throw InferFaults.UnknownMember(members.Where, "binary_data_size");
        }

        return size;
    }

    private static TensorType Datatype(ref Utf8JsonReader reader, string path)
    {
        var name = JsonValues.Text(ref reader, path);
        return Datatypes.TypeOf(name) ?? throw InferFaults.Wrong(path, $"'{Page.Short(name)}'", Datatypes.Allowed);
    }

    private static List<long> Shape(ref Utf8JsonReader reader, string path)
    {
        Array(ref reader, path);
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // One more than allowed is kept, so that the shape is refused with the tensor's name.
            var dimension = JsonValues.Whole(ref reader, $"{path}[{shape.Count}]");
            if (shape.Count <= RawTensor.MaxRank)
            {
                shape.Add(dimension);
            }
        }

        return shape;
    }

    private static void Array(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw InferFaults.Wrong(path, JsonValues.Shown(ref reader), "an array");
        }
    }

    private static string ReasonOf(JsonException fault, ReadOnlySpan<byte> rest)
    {
        var next = rest.TrimStart(" \t\r\n,:["u8);
        foreach (var word in (ReadOnlySpan<string>)["NaN", "Infinity", "-Infinity"])
        {
            if (next.StartsWith(System.Text.Encoding.UTF8.GetBytes(word)))
            {
                return $"{word} is not a JSON number; send the tensor as binary data";
            }
        }

        var message = fault.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
        return message.Contains("isFinalBlock", StringComparison.Ordinal) || message.Contains("depth to be zero", StringComparison.Ordinal)
            ? "it ends too early"
            : message.Contains("maximum configured depth", StringComparison.Ordinal) ? "it is nested too deeply" : message;
    }
}
