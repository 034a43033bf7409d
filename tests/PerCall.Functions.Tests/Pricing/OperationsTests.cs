using PerCall.Functions.Images;
using PerCall.Functions.Pricing;
using PerCall.Functions.Recommend;
using PerCall.Functions.Redaction;
using PerCall.Functions.Text;
using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Functions.Tests.Pricing;

public sealed class OperationsTests
{
    private static readonly Operations Operations = new([ImageOperations.All, TextOperations.All, RecommendOperations.All]);

    [Fact]
    public void All_OperationsOfTheTasks_ComeInOrderAndBatchesLast() => Assert.Equal(
        [
            new("images.classify", "image"),
            new("text.classify", "1k_characters"),
            new("recommend", "recommendation"),
            new("recommend.similar", "recommendation"),
            new("recommend.rate", "recommendation"),
            new("batch", "batch_row"),
        ],
        Operations.All);

    [Fact]
    public void All_OperationWithoutATask_ComesBeforeBatches()
    {
        var operations = new Operations([TextOperations.All], [RedactionOperations.Redact]);

        Assert.Equal([TextOperations.Classify, new("text.redact", "1k_characters"), Operations.Batch], operations.All);
        Assert.Equal([TextOperations.Classify, Operations.Batch], operations.Of(ModelTask.TextClassification));
    }

    [Fact]
    public void Of_ATask_HasItsCallsAndBatches() => Assert.Equal(
        [TextOperations.Classify, Operations.Batch], Operations.Of(ModelTask.TextClassification));
}
