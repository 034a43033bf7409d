using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Tests.Publishing;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Tests.Tensors;

/// <summary>Packages without an input section: their graphs are called with tensors only.</summary>
public sealed class TensorTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Verify_ExampleThatIsReproduced_Passes() =>
        await VerifyAsync("""{"tensors": {"x": {"shape": [2, 1], "data": [1.5, -2]}}, "outputs": {"y": {"shape": [2, 1], "data": [3, -4]}}}""");

    [Theory]
    [InlineData("""{"shape": [2, 1], "data": [3, -5]}""", "element 1 of 'y' is -4, expected -5")]
    [InlineData("""{"shape": [2], "data": [3, -4]}""", "'y' has the shape [2, 1], expected [2]")]
    public async Task Verify_OutputThatDiffers_IsNamed(string expected, string problem)
    {
        var refused = await Assert.ThrowsAsync<PackageRefusedException>(() => VerifyAsync(
            $$"""{"tensors": {"x": {"shape": [2, 1], "data": [1.5, -2]} }, "outputs": {"y": {{expected}} } }"""));

        Assert.Contains(refused.Faults, f => f.Where == "golden.jsonl, line 1" && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"x": {"shape": [2, 1], "data": [1]}}""", "has 4 bytes")]
    [InlineData("""{"x": {"shape": [1, 1], "data": ["a"]}}""", "has a as element 0; expected float32")]
    [InlineData("""{"z": {"shape": [1, 1], "data": [1]}}""", "has the tensor 'z'; the model has x")]
    public async Task Verify_TensorThatIsWrong_IsNamed(string tensors, string problem)
    {
        var refused = await Assert.ThrowsAsync<PackageRefusedException>(() => VerifyAsync(
            $$"""{"tensors": {{tensors}}, "outputs": {"y": {"shape": [1, 1], "data": [1]} } }"""));

        Assert.Contains(refused.Faults, f => f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private async Task VerifyAsync(string golden)
    {
        var graph = new GraphBuilder("double");
        graph.Input("x", DataType.Float, -1, 1);
        graph.Output("y", graph.Add("Add", "x", "x"), DataType.Float, -1, 1);
        var package = new PackageBuilder(new JsonObject
        {
            ["schema"] = 1,
            ["name"] = "double",
            ["version"] = "1",
            ["task"] = "tensors",
            ["description"] = "For tests",
            ["license"] = "MIT",
            ["model"] = "model.onnx",
            ["inputs"] = new JsonArray(Tensor("x")),
            ["outputs"] = new JsonArray(Tensor("y")),
            ["unit"] = "input",
            ["golden"] = "golden.jsonl",
            ["card"] = "card.md",
        }).Add("model.onnx", graph.ToModel(8, 18).ToByteArray()).Add("golden.jsonl", golden).Add("card.md", "# Double");
        await Publishers.Verifier().VerifyAsync(package.WriteTo(_folder.Path), TestContext.Current.CancellationToken);
    }

    private static JsonObject Tensor(string name) =>
        new() { ["name"] = name, ["type"] = "float32", ["shape"] = new JsonArray(-1, 1) };
}
