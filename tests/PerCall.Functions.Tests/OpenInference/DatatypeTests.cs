using System.Text;
using System.Text.Json;
using PerCall.Functions.OpenInference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tensors;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Functions.Tests.OpenInference;

/// <summary>Every datatype through a graph that changes nothing, from body to body.</summary>
public sealed class DatatypeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Two by two elements in JSON, and the same in the protocol's binary form.</summary>
    public static TheoryData<string, string, string> Datatypes => new()
    {
        { "BOOL", "[true,false,false,true]", "01000001" },
        { "UINT8", "[0,1,128,255]", "000180ff" },
        { "UINT16", "[0,1,256,65535]", "000001000001ffff" },
        { "UINT32", "[0,1,256,4294967295]", "000000000100000000010000ffffffff" },
        { "UINT64", "[0,1,256,18446744073709551615]", "00000000000000000100000000000000" + "0001000000000000ffffffffffffffff" },
        { "INT8", "[0,1,-1,-128]", "0001ff80" },
        { "INT16", "[0,1,-1,-32768]", "00000100ffff0080" },
        { "INT32", "[0,1,-1,-2147483648]", "0000000001000000ffffffff00000080" },
        { "INT64", "[0,1,-1,-9223372036854775808]", "00000000000000000100000000000000" + "ffffffffffffffff0000000000000080" },
        { "FP32", "[0,1.5,-2,3.4028235E+38]", "000000000000c03f000000c0ffff7f7f" },
        { "FP64", "[0,1.5,-2,1E-05]", "0000000000000000000000000000f83f" + "00000000000000c0f168e388b5f8e43e" },
        { "BYTES", "[\"\",\"é\",\"\\u0000\",\"😀\"]", "0000000002000000c3a9010000000004000000f09f9880" },
        // In JSON it has no form: see the tests of refusals.
        { "FP16", "", "0000003c00bcff7b" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Datatypes))]
    public async Task Infer_EachDatatype_IsTheSameInJsonAndAsBinaryData(string datatype, string json, string hex)
    {
        var type = OpenInference(datatype);
        using var model = TensorModels.Identity(_folder.Path, type, -1, 2);
        var binary = Convert.FromHexString(hex);
        var declared = $$$"""
            {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "{{{datatype}}}", "parameters": {"binary_data_size": {{{binary.Length}}}}}],
             "parameters": {"binary_data_output": true}}
            """;

        Assert.Equal(binary, (await InferAsync(model, declared, binary)).Binary);
        if (json.Length > 0)
        {
            var nested = Nested(json);
            AssertData(json, await InferAsync(model, TensorCall.Json("[2, 2]", datatype, json), null));
            AssertData(json, await InferAsync(model, TensorCall.Json("[2, 2]", datatype, nested), null));
            AssertData(json, await InferAsync(model, declared.Replace("true", "false", StringComparison.Ordinal), binary));
        }
    }

    [Fact]
    public void Names_OfAllTypes_AreThoseOfTheProtocol()
    {
        Assert.Equal(13, Enum.GetValues<TensorType>().Length);
        Assert.All(Enum.GetValues<TensorType>(), t => Assert.Equal(t, OpenInference(Functions.OpenInference.Datatypes.NameOf(t))));
        Assert.Null(Functions.OpenInference.Datatypes.TypeOf("fp32"));
    }

    public void Dispose() => _folder.Dispose();

    private static TensorType OpenInference(string datatype) => Functions.OpenInference.Datatypes.TypeOf(datatype)!.Value;

    private static string Nested(string json)
    {
        var values = JsonElement.Parse(json).EnumerateArray().Select(v => v.GetRawText()).ToList();
        return $"[[{values[0]}, {values[1]}], [{values[2]}, {values[3]}]]";
    }

    /// <summary>Compares values, because a character can be written as an escape.</summary>
    private static void AssertData(string expected, (string Json, byte[] Binary) answer)
    {
        var data = JsonElement.Parse(answer.Json).GetProperty("outputs")[0].GetProperty("data");
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), data), data.GetRawText());
        Assert.Empty(answer.Binary);
    }

    private static async Task<(string Json, byte[] Binary)> InferAsync(LoadedModel model, string json, byte[]? binary)
    {
        using var call = await TensorCall.ReadAsync(json, binary);
        var outputs = TensorRunner.Check(model, call.Message.Inputs, null);
        InferAnswerWriter.RequireForm(call.Message, outputs);
        using var run = await TensorRunner.RunAsync(model, call.Message.Inputs, outputs, Cancellation);
        using var buffer = new RentedBuffer(null, 4096, () => new InvalidOperationException());
        var length = InferAnswerWriter.Write(buffer, "inf_1", model.Manifest, call.Message, run.Outputs, 4096);
        var bytes = buffer.Memory.ToArray();
        return (Encoding.UTF8.GetString(bytes.AsSpan(0, length ?? bytes.Length)), bytes[(length ?? bytes.Length)..]);
    }
}
