using PerCall.Functions.Images;
using PerCall.Functions.Pricing;
using PerCall.Functions.Recommend;
using PerCall.Functions.Text;
using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Functions.Tests.Pricing;

public sealed class OperationsTests
{
    private static readonly Operations Operations = new([ImageOperations.All, TextOperations.All, RecommendOperations.All]);

    [Fact]
    public void All_OperationsOfTheTasks_ComeInOrderWithTensorsAndBatchesLast() => Assert.Equal(
        [
            new("images.classify", "image"),
            new("text.classify", "1k_characters"),
            new("recommend", "recommendation"),
            new("recommend.similar", "recommendation"),
            new("recommend.rate", "recommendation"),
            new("infer", "input"),
            new("batch", "batch_row"),
        ],
        Operations.All);

    [Fact]
    public void All_OperationsOfNoTask_AreBeforeBatches()
    {
        var tokens = new Operation("openai", ["token_in", "token_out"]);
        var operations = new Operations([TextOperations.All], [tokens]);

        Assert.Equal(
            [TextOperations.Classify, new("openai", ["token_in", "token_out"]), Operations.Infer, Operations.Batch], operations.All);
        Assert.Equal([TextOperations.Classify, Operations.Infer, Operations.Batch], operations.Of(ModelTask.TextClassification));
        Assert.Equal(("token_in", "token_in"), (tokens.Unit, tokens.Units[0]));
        Assert.NotEqual(tokens, new("openai", "token_in"));
    }

    [Fact]
    public void Of_ATask_HasItsCallsTensorsAndBatches() => Assert.Equal(
        [TextOperations.Classify, Operations.Infer, Operations.Batch], Operations.Of(ModelTask.TextClassification));
}
