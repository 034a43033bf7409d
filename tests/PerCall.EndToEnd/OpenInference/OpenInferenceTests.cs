using System.Text.Json;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd.OpenInference;

/// <summary>Every route of the protocol with every model that comes with PerCall, as a client of any such server walks them.</summary>
public sealed class OpenInferenceTests(Service service)
{
    private const int Side = 28;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_WithoutAKey_DescribesItselfAndIsReady()
    {
        var client = new V2Client(service.Anonymous);

        var server = await client.GetAsync("v2");
        Assert.Equal("percall", server.GetProperty("name").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+$", server.GetProperty("version").GetString());
        Assert.Equal(["binary_tensor_data"], server.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        Assert.True((await client.GetAsync("v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await client.GetAsync("v2/health/ready")).GetProperty("ready").GetBoolean());
    }

    [Theory]
    [InlineData("digits")]
    [InlineData("fashion")]
    [InlineData("sentiment")]
    [InlineData("shop")]
    [InlineData("spam")]
    public async Task Model_ThatComesWithPerCall_IsDescribedAndRunsOnJsonAndBinaryTensors(string model)
    {
        var client = new V2Client(service.Http);
        var metadata = await client.GetAsync($"v2/models/{model}");
        foreach (var path in new[] { $"v2/models/{model}/versions/1", $"v2/models/{model}/versions/production" })
        {
            Assert.Equal(metadata.GetRawText(), (await client.GetAsync(path)).GetRawText());
            Assert.True((await client.GetAsync($"{path}/ready")).GetProperty("ready").GetBoolean());
        }

        Assert.Equal(model, (await client.GetAsync($"v2/models/{model}/ready")).GetProperty("name").GetString());
        Assert.Equal((model, "onnx_onnxv1"), (metadata.GetProperty("name").GetString(), metadata.GetProperty("platform").GetString()));
        Assert.Contains("1", metadata.GetProperty("versions").EnumerateArray().Select(v => v.GetString()));
        V2Tensor[] inputs = [.. metadata.GetProperty("inputs").EnumerateArray().Select(OnesFor)];

        var answers = new List<V2Answer>
        {
            await client.InferAsync($"v2/models/{model}", inputs, binaryInputs: false, binaryOutputs: false),
            await client.InferAsync($"v2/models/{model}", inputs, binaryInputs: true, binaryOutputs: true),
            await client.InferAsync($"v2/models/{model}/versions/1", inputs, binaryInputs: true, binaryOutputs: false),
            await client.InferAsync($"v2/models/{model}/versions/production", inputs, binaryInputs: false, binaryOutputs: true),
        };

        var declared = metadata.GetProperty("outputs").EnumerateArray()
            .Select(o => (o.GetProperty("name").GetString(), o.GetProperty("datatype").GetString())).ToList();
        foreach (var answer in answers)
        {
            Assert.Equal(
                (model, "1"), (answer.Json.GetProperty("model_name").GetString(), answer.Json.GetProperty("model_version").GetString()));
            Assert.Equal(declared, answer.Outputs.Values.Select(o => ((string?)o.Name, (string?)o.Datatype)));
            Assert.All(answer.Outputs.Values, o => Assert.Equal(answers[0].Outputs[o.Name].Bytes, o.Bytes));
        }
    }

    [Fact]
    public async Task Infer_TensorOfAPicture_HasTheScoresOfThePicture()
    {
        // Grey, so that a channel is the luma.
        var pixels = Enumerable.Range(0, Side * Side).Select(i => (byte)((i % Side * 9) + (i / Side * i / 7))).ToArray();
        var picture = Png.OfRgb(
            Side, Side, [.. pixels.Chunk(Side).SelectMany(row => row.SelectMany(p => new[] { p, p, p }).Prepend((byte)0))]);
        // As the model's package says.
        var tensor = V2Tensor.Floats("image", [1, 1, Side, Side], [.. pixels.Select(p => ((p / 255f) - 0.286f) / 0.353f)]);
        var labels = (await service.Client.GetModelAsync("fashion", Cancellation)).Labels!;

        var expected = await service.Client.ClassifyImageAsync(picture, "fashion", 10, Cancellation);
        var client = new V2Client(service.Http);
        foreach (var isBinary in new[] { false, true })
        {
            var answer = await client.InferAsync("v2/models/fashion", [tensor], isBinary, isBinary, ["logits"]);

            var logits = answer.Outputs.Single().Value.ToFloats();
            var sum = logits.Sum(l => Math.Exp(l - logits.Max()));
            Assert.Equal(labels.Count, logits.Length);
            foreach (var prediction in expected.Predictions)
            {
                var score = Math.Exp(logits[labels.ToList().IndexOf(prediction.Label)] - logits.Max()) / sum;
                Assert.Equal(prediction.Score!.Value, score, 1e-4);
            }
        }
    }

    /// <summary>A graph in half precision, which others made.</summary>
    [Fact]
    public async Task Infer_HalfPrecisionOfTheZoo_IsBinaryData()
    {
        var package = ZooPackages.SqueezeNet();
        package.Manifest["name"] = "squeezenet-v2";
        using var zip = new MemoryStream(package.Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
        await service.Operator.SetAliasAsync("squeezenet-v2", "production", "1", Cancellation);
        var client = new V2Client(service.Http);
        var metadata = await client.GetAsync("v2/models/squeezenet-v2");
        V2Tensor[] inputs = [.. metadata.GetProperty("inputs").EnumerateArray().Select(OnesFor)];

        var answer = await client.InferAsync("v2/models/squeezenet-v2", inputs, binaryInputs: true, binaryOutputs: true);

        var output = Assert.Single(answer.Outputs.Values);
        Assert.Equal("FP16", output.Datatype);
        Assert.Equal(1, output.Bytes.Chunk(2).Sum(b => (double)BitConverter.ToHalf(b)), 0.02);
        Assert.StartsWith(
            "The output 'softmaxout_1' is FP16",
            await ErrorAsync(service.Http, "v2/models/squeezenet-v2/infer", BodyOf(inputs), 400, inputs[0].Bytes),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_OfSeveralRows_CostsEachAndIsChargedOncePerKey()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var client = new V2Client(tenant.Http);
        V2Tensor[] inputs = [V2Tensor.Floats("image", [3, 1, Side, Side], new float[3 * Side * Side])];

        var first = await client.InferAsync("v2/models/digits", inputs, binaryInputs: true, binaryOutputs: true, key: "\"k\"");
        var second = await client.InferAsync("v2/models/digits", inputs, binaryInputs: true, binaryOutputs: true, key: "\"k\"");

        Assert.Equal([3, 10], first.Outputs.Single().Value.Shape);
        Assert.Equal(first.Json.GetRawText(), second.Json.GetRawText());
        Assert.Equal(first.Outputs.Single().Value.Bytes, second.Outputs.Single().Value.Bytes);
        Assert.False(first.Response.Headers.Contains("Idempotent-Replayed"));
        Assert.True(second.Response.Headers.Contains("Idempotent-Replayed"));
        foreach (var answer in new[] { first, second })
        {
            Assert.Equal("33", answer.Response.Headers.GetValues("x-percall-cost").Single());
            Assert.Equal("3", answer.Response.Headers.GetValues("x-percall-units").Single());
        }

        Assert.Matches(
            "queue;dur=[0-9.]+, decode;dur=[0-9.]+, infer;dur=[0-9.]+, meter;dur=",
            first.Response.Headers.GetValues("Server-Timing").Single());
        var usage = await tenant.Client.GetUsageAsync(groupBy: "operation", cancellation: Cancellation);
        Assert.Equal(("infer", "input", 3L, 33L), usage.Data.Select(u => (u.Operation!, u.Unit, u.Units, u.Charge)).Single());
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation));
        Assert.Equal(first.Json.GetProperty("parameters").GetProperty("percall_id").GetString(), charge.Id);
    }

    [Fact]
    public async Task InferAsync_OfTheClient_SendsAndReadsTensors()
    {
        var server = await service.Client.GetInferenceServerAsync(Cancellation);
        Assert.Equal("percall", server.Name);
        var model = await service.Client.GetInferenceModelAsync("spam", "production", Cancellation);
        Assert.Equal(["ids", "attention_mask"], model.Inputs.Select(i => i.Name));
        long[] ones = [1, 1, 1];

        var result = await service.Client.InferAsync(
            "spam", [Tensor.From<long>("attention_mask", [1, 3], ones), Tensor.From<long>("ids", [1, 3], ones)],
            cancellation: Cancellation);

        Assert.Equal(("spam", "1"), (result.Model, result.Version));
        var logits = Assert.Single(result.Outputs);
        Assert.Equal(("logits", "FP32"), (logits.Name, logits.Datatype));
        Assert.Equal(2, logits.ToArray<float>().Length);
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => service.Client.InferAsync("spam", [Tensor.From<long>("ids", [1, 3], ones)], cancellation: Cancellation));
        Assert.Equal("The input 'attention_mask' is missing; the model needs it.", refusal.Message);
    }

    [Fact]
    public async Task Refusals_OfEachKind_AreOneMessageWithTheirStatus()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var poor = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = TestTenant.TensorPrice - 1 });
        using var slow = await TestTenant.CreateAsync(service, TestTenant.Plan with { RequestsPerMinute = 1 });
        using var other = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("images.classify", "fashion", "image", 5)] });
        var tensor = V2Tensor.Floats("image", [1, 1, Side, Side], new float[Side * Side]);
        var (body, bytes) = (BodyOf([tensor]), tensor.Bytes);
        const string Infer = "v2/models/digits/infer";

        Assert.Contains("The API key is missing", await ErrorAsync(service.Anonymous, Infer, body, 401, bytes), StringComparison.Ordinal);
        Assert.Contains("budget", await ErrorAsync(poor.Http, Infer, body, 402, bytes), StringComparison.Ordinal);
        Assert.Contains("does not include 'infer'", await ErrorAsync(other.Http, Infer, body, 403, bytes), StringComparison.Ordinal);
        Assert.Contains(
            "Model 'nothing' not found", await ErrorAsync(tenant.Http, "v2/models/nothing/infer", body, 404, bytes),
            StringComparison.Ordinal);
        Assert.Contains(
            "has no version '7'", await ErrorAsync(tenant.Http, "v2/models/digits/versions/7/infer", body, 404, bytes),
            StringComparison.Ordinal);
        Assert.Contains(
            "has the shape [784]; the model expects [-1, 1, 28, 28]",
            await ErrorAsync(tenant.Http, Infer, BodyOf([tensor with { Shape = [784] }]), 400, bytes), StringComparison.Ordinal);
        Assert.Contains(
            "is int32; the model expects float32",
            await ErrorAsync(tenant.Http, Infer, BodyOf([tensor with { Datatype = "INT32" }]), 400, bytes), StringComparison.Ordinal);
        Assert.Contains(
            "The model has no input 'pixels'; its inputs: image.",
            await ErrorAsync(tenant.Http, Infer, BodyOf([tensor with { Name = "pixels" }]), 400, bytes), StringComparison.Ordinal);
        using (await slow.Http.GetAsync(new Uri("v2/models/digits", UriKind.Relative), Cancellation))
        {
            Assert.Contains("requests in any 60 seconds", await ErrorAsync(slow.Http, Infer, body, 429, bytes), StringComparison.Ordinal);
        }

        Assert.Contains(
            "Path not found", await ErrorAsync(tenant.Http, "v2/models/digits/explain", body, 404, bytes), StringComparison.Ordinal);
        foreach (var client in new[] { tenant, poor, other })
        {
            Assert.Equal((0, 0), await client.UsedAsync(Cancellation));
        }

        Assert.Empty(await slow.ChargesAsync(Cancellation));
    }

    [Fact]
    public async Task Model_ThatThePlanDoesNotInclude_IsHidden()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("infer", "fashion", "input", 5)] });
        var client = new V2Client(tenant.Http);

        Assert.Equal("fashion", (await client.GetAsync("v2/models/fashion")).GetProperty("name").GetString());
        foreach (var path in new[] { "v2/models/digits", "v2/models/digits/ready", "v2/models/digits/versions/1" })
        {
            using var response = await tenant.Http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    /// <summary>Sends a tensor as binary data, and returns the message of the refusal.</summary>
    private static async Task<string> ErrorAsync(HttpClient http, string path, byte[] json, int status, byte[] binary)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent([.. json, .. binary]) };
        request.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        using var response = await http.SendAsync(request, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(status == (int)response.StatusCode, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(status == 429, response.Headers.RetryAfter is not null);
        var error = JsonElement.Parse(text).EnumerateObject().Single();
        Assert.Equal("error", error.Name);
        return error.Value.GetString()!;
    }

    private static byte[] BodyOf(IEnumerable<V2Tensor> tensors) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        inputs = tensors.Select(t => new
        {
            name = t.Name,
            shape = t.Shape,
            datatype = t.Datatype,
            parameters = new { binary_data_size = t.Bytes.Length },
        }),
    });

    /// <summary>A tensor of ones with what is free in its shape as 1.</summary>
    private static V2Tensor OnesFor(JsonElement input)
    {
        var datatype = input.GetProperty("datatype").GetString()!;
        long[] shape = [.. input.GetProperty("shape").EnumerateArray().Select(d => Math.Max(1, d.GetInt64()))];
        var one = datatype switch
        {
            "FP32" => BitConverter.GetBytes(1f),
            "FP16" => BitConverter.GetBytes((Half)1),
            "INT64" => BitConverter.GetBytes(1L),
            _ => throw new NotSupportedException(datatype),
        };
        var count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return new(input.GetProperty("name").GetString()!, datatype, shape, [.. Enumerable.Repeat(one, count).SelectMany(b => b)]);
    }
}
