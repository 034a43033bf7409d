using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;
using Xunit;

namespace PerCall.Inference.Tests.Outputs;

public sealed class ValuesPlanTests
{
    private static readonly EncodedText Three = new([1, 2, 3], false);
    private static readonly EncodedText One = new([1], false);

    [Fact]
    public void Take_MeanOfTokens_LeavesPaddingOut()
    {
        var plan = Plan(new() { ["pooling"] = "mean" });
        using var output = Tensor([1, 2, 3, 4, 5, 6, 10, 20, 7, 7, 9, 9], 2, 3, 2);

        var taken = plan.Take([output], [Three, One]);

        Assert.Equal([3, 4], ValuesOf(plan, taken[0]));
        Assert.Equal([10, 20], ValuesOf(plan, taken[1]));
    }

    [Fact]
    public void Take_FirstTokenAndNormalized_HasLengthOne()
    {
        var plan = Plan(new() { ["pooling"] = "cls", ["normalize"] = "l2" });
        using var output = Tensor([3, 4, 100, 100, 100, 100], 1, 3, 2);

        Assert.Equal([0.6f, 0.8f], ValuesOf(plan, plan.Take([output], [Three])[0]));
    }

    [Fact]
    public void Read_FewerDimensions_AreNormalizedAgain()
    {
        var plan = Plan(new() { ["normalize"] = "l2", ["dimensions"] = new JsonArray(2) });
        using var output = Tensor([3, 4, 12], 1, 3);

        var values = (ValuesOutput)plan.Read(plan.Take([output], [One])[0], One, new() { Dimensions = 2 });

        Assert.Equal([0.6f, 0.8f], values.Values);
        var refused = Assert.Throws<InvalidInputException>(
            () => plan.Read(plan.Take([output], [One])[0], One, new() { Dimensions = 1 }));
        Assert.Contains("allowed for the model values/1: 2, 3", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "not a number")]
    [InlineData(float.PositiveInfinity, "infinite")]
    public void Read_ValueThatIsNotFinite_IsTheRowsFailure(float value, string problem)
    {
        var plan = Plan([]);
        using var output = Tensor([1, value, 3, 4], 2, 2);
        var taken = plan.Take([output], [One, One]);

        var failed = Assert.Throws<ModelFailedException>(() => plan.Read(taken[0], One, new()));

        Assert.Contains(problem, failed.Message, StringComparison.Ordinal);
        Assert.Equal([3, 4], ValuesOf(plan, taken[1]));
    }

    [Fact]
    public void Take_OutputWithoutTokensToPool_NamesBothShapes()
    {
        var plan = Plan(new() { ["pooling"] = "mean" });
        using var output = Tensor([1, 2], 1, 2);

        var refused = Assert.Throws<OutputShapeException>(() => plan.Take([output], [Three]));

        Assert.Contains("[1, 2] for 1 input(s); expected a vector per token to pool, [1, tokens, values]", refused.Message, StringComparison.Ordinal);
    }

    private static float[] ValuesOf(ValuesPlan plan, object taken) => ((ValuesOutput)plan.Read(taken, One, new())).Values;

    private static OrtValue Tensor(float[] values, params long[] shape) => OrtValue.CreateTensorValueFromMemory(values, shape);

    private static ValuesPlan Plan(JsonObject output)
    {
        output["kind"] = "values";
        output["tensor"] = "vectors";
        return new(OutputManifests.Of(output));
    }
}
