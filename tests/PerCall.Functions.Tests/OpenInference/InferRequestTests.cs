using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.OpenInference;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Functions.Tests.OpenInference;

/// <summary>What a call with tensors may look like, and how each mistake in it is named.</summary>
public sealed class InferRequestTests
{
    private const string Input = "\"name\": \"x\", \"shape\": [2], \"datatype\": \"FP32\"";

    [Fact]
    public async Task Read_AllMembers_AreTaken()
    {
        using var call = await TensorCall.ReadAsync("""
            {
              "id": "42", "parameters": {"binary_data_output": true},
              "inputs": [{"data": [[1], [2.5]], "datatype": "FP32", "shape": [2, 1], "name": "x", "parameters": {}}],
              "outputs": [{"name": "a"}, {"name": "b", "parameters": {"binary_data": false}}]
            }
            """);

        var input = Assert.Single(call.Message.Inputs);
        Assert.Equal(("x", TensorType.Float32, "2,1"), (input.Name, input.Type, string.Join(',', input.Shape)));
        Assert.Equal([1f, 2.5f], MemoryMarshal.Cast<byte, float>(input.Bytes.Span).ToArray());
        Assert.Equal("42", call.Message.Id);
        Assert.Equal(["a", "b"], call.Message.Outputs.Select(o => o.Name));
        Assert.True(call.Message.IsBinary("a"));
        Assert.False(call.Message.IsBinary("b"));
    }

    /// <summary>Generated clients send null for what is not set.</summary>
    [Fact]
    public async Task Read_MembersThatAreNull_AreAsIfTheyWereNotThere()
    {
        using var call = await TensorCall.ReadAsync(
            $$$"""{"id": null, "parameters": null, "inputs": [{{{{Input}}}, "parameters": null, "data": [1, 2]}], "outputs": null}""");

        Assert.Null(call.Message.Id);
        Assert.Empty(call.Message.Outputs);
        Assert.False(call.Message.IsBinary("y"));
    }

    [Fact]
    public async Task Read_JsonAndBinaryTensors_AreBothTaken()
    {
        byte[] binary = [1, 2, 3, 7, 0];
        using var call = await TensorCall.ReadAsync(
            """
            {"inputs": [
              {"name": "a", "shape": [3], "datatype": "UINT8", "parameters": {"binary_data_size": 3}},
              {"name": "b", "shape": [1], "datatype": "INT8", "data": [-5]},
              {"name": "c", "shape": [1], "datatype": "INT16", "parameters": {"binary_data_size": 2}}]}
            """,
            binary);

        Assert.Equal(["010203", "fb", "0700"], call.Message.Inputs.Select(i => Convert.ToHexStringLower(i.Bytes.Span)));
    }

    [Theory]
    [InlineData("[]", "[5]")]
    [InlineData("[1]", "[5]")]
    [InlineData("[1, 1]", "[[5]]")]
    [InlineData("[1, 1, 1]", "[5]")]
    [InlineData("[0]", "[]")]
    [InlineData("[2, 0]", "[[], []]")]
    [InlineData("[2, 0]", "[]")]
    [InlineData("[0, 2]", "[]")]
    public async Task Read_DataFlatOrAsTheShape_AreTaken(string shape, string data)
    {
        using var call = await TensorCall.ReadAsync(TensorCall.Json(shape, "INT32", data));

        Assert.Equal(shape.Contains('0', StringComparison.Ordinal) ? 0 : 1, call.Message.Inputs.Single().Count);
    }

    [Theory]
    // Of members.
    [InlineData("""{"inputs": [], "surprise": 1}""", "Unknown member 'surprise'; allowed: id, parameters, inputs, outputs.")]
    [InlineData("""{"inputs": [{"Name": "x"}]}""", "Unknown member 'inputs[0].Name'; allowed: name, shape, datatype, parameters, data.")]
    [InlineData("""{"inputs": [], "parameters": {"priority": 1}}""", "Unknown member 'parameters.priority'; allowed: binary_data_output.")]
    [InlineData(
        """{"inputs": [{"name": "x", "parameters": {"shared_memory_region": "r"}}]}""",
        "Unknown member 'inputs[0].parameters.shared_memory_region'; allowed: binary_data_size.")]
    [InlineData(
        """{"inputs": [], "outputs": [{"name": "y", "parameters": {"classification": 3}}]}""",
        "Unknown member 'outputs[0].parameters.classification'; allowed: binary_data.")]
    [InlineData("""{"inputs": [{"name": "x", "name": "x"}]}""", "The member 'inputs[0].name' is there twice.")]
    [InlineData("{}", "'inputs' is missing")]
    [InlineData("[]", "The body is an array; expected {\"inputs\"")]
    [InlineData("""{"inputs": {}}""", "'inputs' is an object; expected an array.")]
    [InlineData("""{"inputs": [7]}""", "'inputs[0]' is 7; expected an object")]
    [InlineData("""{"inputs": [{"shape": [1]}]}""", "'inputs[0].name' is missing")]
    [InlineData("""{"inputs": [{"name": "x"}]}""", "'inputs[0].datatype' is missing; allowed: BOOL, UINT8")]
    [InlineData("""{"inputs": [{"name": "x", "datatype": "FP32"}]}""", "'inputs[0].shape' is missing")]
    [InlineData("""{"inputs": [{"name": "x", "datatype": "FP8"}]}""", "'inputs[0].datatype' is 'FP8'; expected BOOL, UINT8")]
    [InlineData("""{"inputs": [], "outputs": [{}]}""", "'outputs[0].name' is missing")]
    [InlineData("""{"inputs": [], "id": 7}""", "'id' is 7; expected a string.")]
    [InlineData("""{"inputs": [], "parameters": {"binary_data_output": 1}}""", "is 1; expected true or false.")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [1.5]}]}""", "'inputs[0].shape[0]' is 1.5; expected a whole number.")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [99999999999999999999]}]}""", "expected a whole number.")]
    [InlineData("""{"inputs": [""", "it ends too early")]
    [InlineData("", "Cannot read the body as JSON")]
    [InlineData("""{"inputs": []} 7""", "Cannot read the body as JSON")]
    [InlineData("""{"inputs": [], "id": "\ud800"}""", "an escape is half of a surrogate pair")]
    public async Task Read_AnotherForm_NamesWhatIsWrong(string json, string message) =>
        Assert.Contains(message, (await RefuseAsync(json)).Message, StringComparison.Ordinal);

    [Theory]
    // Data against the shape.
    [InlineData("[2, 2]", "FP32", "[1, 2, 3]", "The tensor 'x' has 3 elements; expected 4 for the shape [2, 2].")]
    [InlineData("[2, 2]", "FP32", "[1, 2, 3, 4, 5, 6]", "has 6 elements; expected 4")]
    [InlineData("[2, 2]", "FP32", "[[1, 2, 3], [4]]", "has an array of 3 at depth 2 of its data; expected 2 for the shape [2, 2].")]
    [InlineData("[2, 2]", "FP32", "[[1, 2]]", "has an array of 1 at depth 1 of its data; expected 2")]
    [InlineData("[4]", "FP32", "[[1, 2], [3, 4]]", "nested otherwise than its shape [4]")]
    [InlineData("[2, 2]", "FP32", "[1, [2, 3], 4]", "nested otherwise")]
    [InlineData("[2, 2]", "FP32", "[[1, 2], 3, 4]", "nested otherwise")]
    [InlineData("[2, 2]", "FP32", "[[[1, 2], [3, 4]]]", "nested otherwise")]
    [InlineData("[]", "FP32", "[]", "has 0 elements; expected 1 for the shape [].")]
    [InlineData("[-1]", "FP32", "[1]", "has the shape [-1]; a dimension must be 0 or more.")]
    [InlineData("[2147483647]", "FP64", "[1]", "has 1 elements; expected 2,147,483,647")]
    [InlineData("[2147483647]", "BYTES", "[\"a\"]", "has 1 elements; expected 2,147,483,647")]
    [InlineData("[4294967296, 4294967296]", "FP64", "[1]", "allowed: at most 2,147,483,647 elements.")]
    // Elements against the datatype.
    [InlineData(
        "[1]", "FP32", "[NaN]", "Cannot read the data of the tensor 'x' as JSON: NaN is not a JSON number; send the tensor as binary")]
    [InlineData("[2]", "FP64", "[1, -Infinity]", "-Infinity is not a JSON number")]
    [InlineData("[1]", "FP32", "[\"NaN\"]", "has the string \"NaN\" as element 0; expected a number in the range of 32-bit floats.")]
    [InlineData("[2]", "FP32", "[1, 1e39]", "has 1e39 as element 1; expected a number in the range of 32-bit floats.")]
    [InlineData("[1]", "FP64", "[1e999]", "has 1e999 as element 0")]
    [InlineData("[1]", "FP16", "[1]", "is FP16, which has no form in JSON; send it as binary data.")]
    [InlineData("[1]", "INT32", "[1.5]", "has 1.5 as element 0; expected a whole number of 32 bits.")]
    [InlineData("[1]", "INT8", "[128]", "has 128 as element 0; expected a whole number from -128 to 127.")]
    [InlineData("[1]", "UINT8", "[-1]", "expected a whole number from 0 to 255.")]
    [InlineData("[1]", "UINT64", "[18446744073709551616]", "expected a whole number of 64 bits without a sign.")]
    [InlineData("[1]", "BOOL", "[1]", "has 1 as element 0; expected true or false.")]
    [InlineData("[1]", "BYTES", "[7]", "has 7 as element 0; expected a string.")]
    [InlineData("[1]", "BYTES", "[null]", "has null as element 0")]
    [InlineData("[1]", "BYTES", "[\"\\ud800\"]", "an escape is half of a surrogate pair")]
    [InlineData("[1]", "FP32", "[{}]", "has an object as element 0")]
    [InlineData("[1]", "FP32", "7", "'inputs[0].data' is 7; expected an array.")]
    public async Task Read_DataThatContradictTheTensor_NamesIt(string shape, string datatype, string data, string message)
    {
        Assert.Contains(message, (await RefuseAsync(TensorCall.Json(shape, datatype, data))).Message, StringComparison.Ordinal);

        // Whatever comes first.
        var reversed = $$$"""{"inputs": [{"data": {{{data}}}, "datatype": "{{{datatype}}}", "shape": {{{shape}}}, "name": "x"}]}""";
        var fault = await RefuseAsync(reversed);
        if (!message.Contains("as JSON", StringComparison.Ordinal))
        {
            Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(7, "has a 'binary_data_size' of 7, but 4 bytes are left in the body.")]
    [InlineData(-1, "has a 'binary_data_size' of -1")]
    [InlineData(long.MaxValue, "but 4 bytes are left in the body.")]
    [InlineData(3, "has 3 bytes; expected 4 for float32 [1].")]
    [InlineData(0, "has 0 bytes; expected 4")]
    public async Task Read_BinarySizeThatContradictsTheBody_NamesBoth(long size, string message) => Assert.Contains(
        message,
        (await RefuseAsync(
            $$$"""{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "parameters": {"binary_data_size": {{{size}}}}}]}""",
            new byte[4])).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Read_BytesAfterTheTensors_AreRefused() => Assert.Contains(
        "leaves 5 bytes after the last binary tensor", (await RefuseAsync("""{"inputs": []}""", new byte[5])).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Read_BothFormsOfData_AreRefused() => Assert.Contains(
        "has both 'data' and 'binary_data_size'",
        (await RefuseAsync($$$"""{"inputs": [{{{{Input}}}, "data": [1, 2], "parameters": {"binary_data_size": 8}}]}""", new byte[8])).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Read_NeitherFormOfData_IsRefused() => Assert.Contains(
        "'inputs[0].data' is missing; the tensor 'x' needs it, or 'binary_data_size'.",
        (await RefuseAsync($$$"""{"inputs": [{{{{Input}}}}]}""")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Read_BinaryDataWithoutTheHeader_NamesTheHeader() => Assert.Contains(
        "The header Inference-Header-Content-Length is missing; the tensor 'x' is sent as binary data.",
        (await RefuseAsync($$$"""{"inputs": [{{{{Input}}}, "parameters": {"binary_data_size": 8}}]}""")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("application/octet-stream", null, 400, "Inference-Header-Content-Length is missing")]
    [InlineData("application/octet-stream", "ten", 400, "is 'ten'; expected the length of the JSON in bytes")]
    [InlineData("application/octet-stream", "0", 400, "expected the length of the JSON in bytes, 1 or more")]
    [InlineData("application/octet-stream", "-1", 400, "is '-1'")]
    [InlineData("application/octet-stream", "15", 400, "is 15, but the body has only 14 bytes.")]
    [InlineData("application/octet-stream", "99999999999999999999999", 400, "expected the length of the JSON")]
    [InlineData("application/octet-stream", "2000000000", 413, "allowed for this call: at most 67,108,864 bytes")]
    [InlineData("application/octet-stream", "13", 400, "ends too early")]
    [InlineData("image/png", "14", 415, "The content type 'image/png' is not supported; allowed: application/json")]
    [InlineData("text/plain", null, 415, "is not supported")]
    [InlineData("", null, 0, "")]
    [InlineData("application/json; charset=utf-8", null, 0, "")]
    [InlineData("application/json", "14", 0, "")]
    public async Task Read_ContentTypeAndLengths_AreChecked(string contentType, string? length, int status, string message)
    {
        var request = TensorCall.Request("""{"inputs": []}"""u8.ToArray());
        request.ContentType = contentType;
        request.Headers[AnswerHeaders.JsonLength] = length;
        if (status == 0)
        {
            using var call = await TensorCall.ReadAsync(request);
            Assert.Empty(call.Message.Inputs);
            return;
        }

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => TensorCall.ReadAsync(request));
        Assert.Equal(status, refusal.Status);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_ABodyThatIsTooLong_IsRefused(bool isAnnounced)
    {
        var body = new byte[2000];
        "{}"u8.CopyTo(body);
        var request = TensorCall.Request(body);
        request.ContentLength = isAnnounced ? body.Length : null;
        request.Headers[AnswerHeaders.JsonLength] = "2";

        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => TensorCall.ReadAsync(request, new OpenInferenceOptions { MaxBytes = 1999 }));

        Assert.Equal(StatusCodes.Status413PayloadTooLarge, refusal.Status);
    }

    [Fact]
    public async Task Read_NoUtf8_IsRefusedWithThePlace() => Assert.Contains(
        "not valid UTF-8, first at byte 1",
        (await Assert.ThrowsAsync<RefusedException>(() => TensorCall.ReadAsync([(byte)'{', 0xFF], null))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Read_MoreTensorsThanAllowed_IsRefused()
    {
        var many = string.Join(',', Enumerable.Repeat("""{"name": "x", "shape": [0], "datatype": "INT8", "data": []}""", 1025));

        Assert.Contains(
            "'inputs' has too many entries; allowed: at most 1024", (await RefuseAsync($$$"""{"inputs": [{{{many}}}]}""")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A shape takes a few bytes, whatever it claims.</summary>
    [Fact]
    public async Task Read_FalseShape_RentsNoMoreThanTheBodyCanFill()
    {
        var json = TensorCall.Json("[200000000]", "FP64", "[1]");
        await RefuseAsync(json);
        var before = GC.GetAllocatedBytesForCurrentThread();

        await RefuseAsync(json);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Every cut of a body and every changed byte of it is a call or a refusal, and nothing else.</summary>
    [Fact]
    public async Task Read_DamagedBodies_AreRefusedOrRead()
    {
        var json = Encoding.UTF8.GetBytes(
            """{"id":"1","inputs":[{"name":"x","shape":[2,1],"datatype":"BYTES","data":[["a"],["\u00e9"]]},"""
            + """{"name":"y","shape":[1],"datatype":"INT16","parameters":{"binary_data_size":2}}],"outputs":[{"name":"z"}]}""");
        var random = new Random(20261130);
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            var damaged = i < json.Length ? json[..i] : [.. json];
            if (i >= json.Length)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                using var call = await TensorCall.ReadAsync(damaged, [1, 2]);
            }
            catch (Exception e) when (e is RefusedException or InvalidInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, json.Length, 5000);
    }

    private static async Task<Exception> RefuseAsync(string json, byte[]? binary = null)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => TensorCall.ReadAsync(json, binary));
        Assert.True(fault is RefusedException { Status: 400 } or InvalidInputException, fault.ToString());
        return fault;
    }
}
