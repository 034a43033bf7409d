using System.Runtime.InteropServices;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tensors;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Tensors;

public sealed class TensorRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<TensorType> Types => [.. Enum.GetValues<TensorType>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Run_OfEveryType_ReturnsTheSameBytes(TensorType type)
    {
        using var model = TensorModels.Identity(_folder.Path, type, -1, 2);
        var bytes = Bytes(type);

        using var run = await RunAsync(model, RawTensor.Create("x", type, [2, 2], bytes));

        var output = Assert.Single(run.Outputs);
        Assert.Equal(("y", type, 4), (output.Name, output.Type, output.Count));
        Assert.Equal([2, 2], output.Shape);
        var copied = new byte[output.ByteCount];
        output.CopyTo(copied);
        Assert.Equal(bytes, copied);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Run_OfNoElements_IsAnswered(TensorType type)
    {
        using var model = TensorModels.Identity(_folder.Path, type, -1, 2);

        using var run = await RunAsync(model, RawTensor.Create("x", type, [0, 2], default));

        Assert.Equal([0, 2], run.Outputs.Single().Shape);
        Assert.Equal(0, run.Outputs.Single().ByteCount);
    }

    [Theory]
    [InlineData(TensorType.Float32)]
    [InlineData(TensorType.Float64)]
    [InlineData(TensorType.Int64)]
    [InlineData(TensorType.Int16)]
    public async Task Run_AtEveryOffset_ReadsTheSameElements(TensorType type)
    {
        using var model = TensorModels.Identity(_folder.Path, type, -1);
        var bytes = Bytes(type);
        for (var offset = 0; offset < 9; offset++)
        {
            var memory = new byte[offset + bytes.Length];
            bytes.CopyTo(memory, offset);

            using var run = await RunAsync(model, RawTensor.Create("x", type, [4], memory.AsMemory(offset)));

            Assert.Equal(bytes, run.Outputs.Single().Values<byte>().ToArray());
        }
    }

    [Fact]
    public async Task Run_ValuesThatAreNoNumbers_ArePassedOn()
    {
        using var model = TensorModels.Identity(_folder.Path, TensorType.Float32, 3);
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

        using var run = await RunAsync(model, Tensor("x", [3], values));

        Assert.Equal(values, run.Outputs.Single().Values<float>().ToArray());
    }

    [Fact]
    public void Of_Model_ListsInputsAndTheOutputsThatAreTensors()
    {
        using var model = TensorModels.Pair(_folder.Path);

        var tensors = ModelTensors.Of(model);

        Assert.Equal(["a", "b"], tensors.Inputs.Select(i => i.Name));
        Assert.All(tensors.Inputs, i => Assert.Equal((TensorType.Float32, "[-1, 2]"), (i.Type, TensorFaults.Text(i.Shape))));
        Assert.Equal(
            [("quotient", TensorType.Float32), ("sum", TensorType.Float32), ("half", TensorType.Float16)],
            tensors.Outputs.Select(o => (o.Name, o.Type)));
    }

    [Fact]
    public async Task Run_SelectedOutputs_AreThoseInTheirOrder()
    {
        using var model = TensorModels.Pair(_folder.Path);
        RawTensor[] inputs = [Tensor("b", [1, 2], [4f, 8]), Tensor("a", [1, 2], [2f, 2])];

        using var all = await TensorRunner.RunAsync(model, inputs, TensorRunner.Check(model, inputs, []), Cancellation);
        using var some = await TensorRunner.RunAsync(model, inputs, TensorRunner.Check(model, inputs, ["sum", "quotient"]), Cancellation);

        Assert.Equal(["quotient", "sum", "half"], all.Outputs.Select(o => o.Name));
        Assert.Equal(["sum", "quotient"], some.Outputs.Select(o => o.Name));
        Assert.Equal([6f, 10], some.Outputs[0].Values<float>().ToArray());
        Assert.Equal([0.5f, 0.25f], some.Outputs[1].Values<float>().ToArray());
    }

    [Theory]
    [InlineData("a b", "nothing", "unknown_tensor", "The model has no output 'nothing'; its tensor outputs: quotient, sum, half.")]
    [InlineData("a b", "list", "not_a_tensor", "'list' is a sequence in the graph, not a tensor of a supported type")]
    [InlineData("a b", "sum sum", "repeated_tensor", "The output 'sum' is asked for twice.")]
    [InlineData("a", "sum", "missing_tensor", "The input 'b' is missing")]
    [InlineData("a b c", "sum", "unknown_tensor", "The model has no input 'c'; its inputs: a, b.")]
    [InlineData("a b a", "sum", "repeated_tensor", "The input 'a' is there twice.")]
    public void Check_OtherTensorsThanTheGraphs_NamesThem(string inputs, string outputs, string code, string message)
    {
        using var model = TensorModels.Pair(_folder.Path);

        var fault = Assert.Throws<InvalidInputException>(() => TensorRunner.Check(
            model, [.. inputs.Split(' ').Select(i => Tensor(i, [1, 2], [1f, 2]))], outputs.Split(' ')));

        Assert.Equal(code, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 2 }, "has the shape [2]; the model expects [-1, 2], where -1 is free.")]
    [InlineData(new long[] { 2, 1 }, "has the shape [2, 1]; the model expects [-1, 2]")]
    public void Check_AnotherShapeThanTheGraphs_SaysWhatIsExpected(long[] shape, string message)
    {
        using var model = TensorModels.Pair(_folder.Path);

        var fault = Assert.Throws<InvalidInputException>(() => TensorRunner.Check(model, [Tensor("a", shape, [1f, 2])], null));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AnotherTypeThanTheGraphs_SaysWhatIsExpected()
    {
        using var model = TensorModels.Pair(_folder.Path);

        var fault = Assert.Throws<InvalidInputException>(() => TensorRunner.Check(model, [Tensor("a", [1, 2], [1L, 2])], null));

        Assert.Contains("The tensor 'a' is int64; the model expects float32.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ShapesThatTheGraphRefuses_IsTheModelsFailureAndItServesOn()
    {
        using var model = TensorModels.Pair(_folder.Path);

        var fault = await Assert.ThrowsAsync<ModelFailedException>(async () =>
        {
            using var run = await RunAsync(model, Tensor("a", [3, 2], [1f, 2, 3, 4, 5, 6]), Tensor("b", [2, 2], [1f, 2, 3, 4]));
        });
        Assert.StartsWith("The model 'tensors/1' failed on this input:", fault.Message, StringComparison.Ordinal);

        using var next = await RunAsync(model, Tensor("a", [1, 2], [1f, 2]), Tensor("b", [1, 2], [1f, 2]));
        Assert.Equal([2f, 4], next.Outputs[1].Values<float>().ToArray());
    }

    [Fact]
    public void Of_ALargeModel_IsRefusedByName()
    {
        var manifest = new ModelManifest
        {
            Schema = 1,
            Name = "mail-llm",
            Version = "2",
            Task = ModelTask.TextClassification,
            Description = "For tests",
            License = "MIT",
            Backend = ModelBackend.OpenAi,
            Unit = PriceUnit.ThousandCharacters,
            Files = new Dictionary<string, string>(),
        };

        var fault = Assert.Throws<InvalidInputException>(() => ModelTensors.RequireGraph(manifest));

        Assert.Contains("The model mail-llm/2 is a large model and has no tensors", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<RawRun> RunAsync(LoadedModel model, params RawTensor[] inputs) =>
        await TensorRunner.RunAsync(model, inputs, TensorRunner.Check(model, inputs, null), Cancellation);

    private static RawTensor Tensor<T>(string name, long[] shape, T[] values) where T : unmanaged => RawTensor.Create(
        name, typeof(T) == typeof(float) ? TensorType.Float32 : TensorType.Int64, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>Four elements.</summary>
    private static byte[] Bytes(TensorType type) => type switch
    {
        TensorType.Bool => [1, 0, 0, 1],
        // "é", "", a NUL, and bytes that are no UTF-8.
        TensorType.String => Convert.FromHexString("02000000c3a9" + "00000000" + "0100000000" + "02000000fffe"),
        _ => [.. Enumerable.Range(1, 4 * ElementTypes.SizeOf(type)).Select(i => (byte)(i * 7))],
    };
}
