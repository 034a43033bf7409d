using System.Text;
using System.Text.Json;
using PerCall.Functions.OpenInference;
using PerCall.Functions.Requests;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tensors;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Functions.Tests.OpenInference;

public sealed class InferAnswerTests : IDisposable
{
    private const string Inputs =
        """
        "inputs": [{"name": "a", "shape": [1, 2], "datatype": "FP32", "data": [1, 0]},
                   {"name": "b", "shape": [1, 2], "datatype": "FP32", "data": [2, 0]}]
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly LoadedModel _pair;

    public InferAnswerTests() => _pair = TensorModels.Pair(_folder.Path);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_OneOutputAsBinary_ComesAfterTheJsonOfAll()
    {
        var (body, length) = await InferAsync(
            $$$"""
            {"id": "seven", {{{Inputs}}}, "outputs": [
              {"name": "half", "parameters": {"binary_data": true}}, {"name": "sum"},
              {"name": "quotient", "parameters": {"binary_data": true}}]}
            """);

        Assert.Equal(
            """
            {"model_name":"tensors","model_version":"1","id":"seven","parameters":{"percall_id":"inf_1"},"outputs":[
            {"name":"half","datatype":"FP16","shape":[1,2],"parameters":{"binary_data_size":4}},
            {"name":"sum","datatype":"FP32","shape":[1,2],"data":[3,0]},
            {"name":"quotient","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(body.AsSpan(0, length!.Value)));
        // 3 and 0 as float16; 0.5 and NaN as float32.
        Assert.Equal("00420000", Convert.ToHexStringLower(body.AsSpan(length.Value, 4)));
        Assert.Equal(0.5f, BitConverter.ToSingle(body.AsSpan(length.Value + 4)));
        Assert.True(float.IsNaN(BitConverter.ToSingle(body.AsSpan(length.Value + 8))));
    }

    [Fact]
    public async Task Write_AllOutputs_LeavesOutTheSequence()
    {
        var (body, length) = await InferAsync($$$"""{{{{Inputs}}}, "parameters": {"binary_data_output": true}}""");

        var answer = JsonElement.Parse(Encoding.UTF8.GetString(body.AsSpan(0, length!.Value)));
        Assert.Equal(
            ["quotient", "sum", "half"], answer.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
        Assert.False(answer.TryGetProperty("id", out _));
    }

    [Fact]
    public async Task Write_HalvesInJson_AreRefusedBeforeTheRun()
    {
        var fault = await Assert.ThrowsAsync<RefusedException>(() => InferAsync($$$"""{{{{Inputs}}}}"""));

        Assert.Equal((400, "half"), (fault.Status, fault.Param));
        Assert.Contains(
            "The output 'half' is FP16, which has no form in JSON; ask for binary data", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_NotANumberInJson_NamesTheOutput()
    {
        var fault = await Assert.ThrowsAsync<RefusedException>(
            () => InferAsync($$$"""{{{{Inputs}}}, "outputs": [{"name": "quotient"}]}"""));

        Assert.Equal((422, "not_in_json", "quotient"), (fault.Status, fault.Code, fault.Param));
        Assert.Contains("The output 'quotient' has NaN, which JSON cannot represent", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Write_AnswerThatIsTooLong_IsRefused(string isBinary)
    {
        using var model = TensorModels.Identity(_folder.Path, TensorType.Float32, -1);
        var data = string.Join(',', Enumerable.Repeat("1.5", 4000));
        var json = $$$"""
            {"inputs": [{"name": "x", "shape": [4000], "datatype": "FP32", "data": [{{{data}}}]}],
             "parameters": {"binary_data_output": {{{isBinary}}}}}
            """;

        var fault = await Assert.ThrowsAsync<RefusedException>(() => InferAsync(json, model, limit: 10_000));

        Assert.Equal((422, "answer_too_large"), (fault.Status, fault.Code));
    }

    [Fact]
    public async Task Write_StringThatIsNotUtf8InJson_NamesTheOutput()
    {
        using var model = TensorModels.Identity(_folder.Path, TensorType.String, -1);

        var fault = await Assert.ThrowsAsync<RefusedException>(() => InferAsync(
            """{"inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 6}}]}""",
            model, binary: [2, 0, 0, 0, 0xFF, 0xFE]));

        Assert.Contains("The output 'y' has a string that is not UTF-8, element 0", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "[1]", 1)]
    [InlineData("[1]", "[1]", 1)]
    [InlineData("[3]", "[1,2,3]", 3)]
    [InlineData("[0]", "[]", 1)]
    [InlineData("[3, 2]", "[1,2,3,4,5,6]", 3)]
    public async Task RowsOf_FirstInput_AreItsFirstDimension(string shape, string data, long rows)
    {
        using var model = TensorModels.Identity(_folder.Path, TensorType.Int32, -1);
        using var call = await TensorCall.ReadAsync(TensorCall.Json(shape, "INT32", data));

        Assert.Equal(rows, InferCalls.RowsOf(model.Manifest, call.Message.Inputs));
    }

    [Fact]
    public async Task RowsOf_MoreThanACallMayHave_IsRefused()
    {
        using var model = TensorModels.Identity(_folder.Path, TensorType.UInt8, -1);
        using var call = await TensorCall.ReadAsync(
            """{"inputs": [{"name": "x", "shape": [1000001], "datatype": "UINT8", "parameters": {"binary_data_size": 1000001}}]}""",
            new byte[1_000_001]);

        Assert.Equal(
            "too_many_rows",
            Assert.Throws<RefusedException>(() => InferCalls.RowsOf(model.Manifest, call.Message.Inputs)).Code);
    }

    public void Dispose()
    {
        _pair.Dispose();
        _folder.Dispose();
    }

    private async Task<(byte[] Body, int? JsonLength)> InferAsync(
        string json, LoadedModel? model = null, byte[]? binary = null, int limit = 1 << 20)
    {
        model ??= _pair;
        using var call = await TensorCall.ReadAsync(json, binary);
        var outputs = TensorRunner.Check(model, call.Message.Inputs, [.. call.Message.Outputs.Select(o => o.Name)]);
        InferAnswerWriter.RequireForm(call.Message, outputs);
        using var run = await TensorRunner.RunAsync(model, call.Message.Inputs, outputs, Cancellation);
        using var buffer = new RentedBuffer(null, limit, () => InferFaults.AnswerTooLong(limit));
        var length = InferAnswerWriter.Write(buffer, "inf_1", model.Manifest, call.Message, run.Outputs, limit);
        return (buffer.Memory.ToArray(), length);
    }
}
