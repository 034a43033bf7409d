using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace PerCall.EndToEnd.OpenInference;

/// <summary>A tensor as the protocol has it: what a client sends, and what it gets.</summary>
internal sealed record V2Tensor(string Name, string Datatype, long[] Shape, byte[] Bytes)
{
    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(string datatype) => datatype switch
    {
        "BOOL" or "UINT8" or "INT8" => 1,
        "FP16" or "UINT16" or "INT16" => 2,
        "FP32" or "UINT32" or "INT32" => 4,
        "FP64" or "UINT64" or "INT64" => 8,
        _ => throw new NotSupportedException(datatype),
    };

    public static V2Tensor Floats(string name, long[] shape, float[] values) =>
        new(name, "FP32", shape, [.. values.SelectMany(BitConverter.GetBytes)]);

    public float[] ToFloats() => [.. Bytes.Chunk(4).Select(b => BitConverter.ToSingle(b))];
}

/// <summary>An answer: its JSON, and the tensors in it and after it.</summary>
internal sealed record V2Answer(JsonElement Json, IReadOnlyDictionary<string, V2Tensor> Outputs, HttpResponseMessage Response);

/// <summary>
/// A client written from the specifications alone: Open Inference Protocol, version 2, and its extension for binary tensor data. It knows
/// nothing of PerCall.
/// </summary>
internal sealed class V2Client(HttpClient http)
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return JsonElement.Parse(text);
    }

    /// <param name="path">The model's path, with a version or without.</param>
    /// <param name="inputs">The tensors.</param>
    /// <param name="binaryInputs">Whether the inputs are sent as binary data.</param>
    /// <param name="binaryOutputs">Whether the outputs are asked for as binary data.</param>
    /// <param name="outputs">The outputs to ask for; null: none is named.</param>
    /// <param name="key">An Idempotency-Key.</param>
    public async Task<V2Answer> InferAsync(
        string path, IReadOnlyList<V2Tensor> inputs, bool binaryInputs, bool binaryOutputs, string[]? outputs = null, string? key = null)
    {
        var json = new JsonObject
        {
            ["id"] = "a1",
            ["inputs"] = new JsonArray([.. inputs.Select(i => Input(i, binaryInputs))]),
        };
        if (outputs is null)
        {
            json["parameters"] = new JsonObject { ["binary_data_output"] = binaryOutputs };
        }
        else
        {
            json["outputs"] = new JsonArray([.. outputs.Select(o => (JsonNode)new JsonObject
            {
                ["name"] = o,
                ["parameters"] = new JsonObject { ["binary_data"] = binaryOutputs },
            })]);
        }

        var header = Encoding.UTF8.GetBytes(json.ToJsonString());
        byte[] body = binaryInputs ? [.. header, .. inputs.SelectMany(i => i.Bytes)] : header;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}/infer") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(binaryInputs ? "application/octet-stream" : "application/json");
        if (binaryInputs)
        {
            request.Headers.Add(HeaderLength, header.Length.ToString(CultureInfo.InvariantCulture));
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        var response = await http.SendAsync(request, Cancellation);
        var answer = await response.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {Encoding.UTF8.GetString(answer)}");
        return Read(answer, response);
    }

    private static JsonObject Input(V2Tensor tensor, bool isBinary)
    {
        var input = new JsonObject
        {
            ["name"] = tensor.Name,
            ["shape"] = new JsonArray([.. tensor.Shape.Select(d => (JsonNode)d)]),
            ["datatype"] = tensor.Datatype,
        };
        if (isBinary)
        {
            input["parameters"] = new JsonObject { ["binary_data_size"] = tensor.Bytes.Length };
        }
        else
        {
            var elements = tensor.Bytes.Chunk(V2Tensor.SizeOf(tensor.Datatype));
            input["data"] = new JsonArray([.. elements.Select(b => Number(tensor.Datatype, b))]);
        }

        return input;
    }

    private static JsonNode Number(string datatype, byte[] bytes) => datatype switch
    {
        "FP32" => BitConverter.ToSingle(bytes),
        "INT64" => BitConverter.ToInt64(bytes),
        _ => throw new NotSupportedException(datatype),
    };

    private static V2Answer Read(byte[] answer, HttpResponseMessage response)
    {
        var length = answer.Length;
        var isBinary = response.Headers.TryGetValues(HeaderLength, out var values);
        if (isBinary)
        {
            length = int.Parse(values!.Single(), CultureInfo.InvariantCulture);
        }

        Assert.Equal(isBinary ? "application/octet-stream" : "application/json", response.Content.Headers.ContentType!.MediaType);
        var json = JsonElement.Parse(Encoding.UTF8.GetString(answer.AsSpan(0, length)));
        Assert.Equal("a1", json.GetProperty("id").GetString());
        var outputs = new Dictionary<string, V2Tensor>();
        foreach (var output in json.GetProperty("outputs").EnumerateArray())
        {
            var (name, datatype) = (output.GetProperty("name").GetString()!, output.GetProperty("datatype").GetString()!);
            long[] shape = [.. output.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            byte[] bytes;
            if (output.TryGetProperty("data", out var data))
            {
                bytes = [.. data.EnumerateArray().SelectMany(v => datatype == "FP32"
                    ? BitConverter.GetBytes(v.GetSingle()) : BitConverter.GetBytes(v.GetInt64()))];
            }
            else
            {
                var size = output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
                bytes = answer.AsSpan(length, size).ToArray();
                length += size;
            }

            Assert.Equal(shape.Aggregate(1L, (a, b) => a * b) * V2Tensor.SizeOf(datatype), bytes.Length);
            outputs.Add(name, new(name, datatype, shape, bytes));
        }

        Assert.True(!isBinary || length == answer.Length, "bytes after the last tensor");
        return new(json, outputs, response);
    }
}
