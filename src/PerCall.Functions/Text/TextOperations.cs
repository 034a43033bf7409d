using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Text;

/// <summary>The operations under which calls of text models are charged.</summary>
public static class TextOperations
{
    public static Operation Classify { get; } = Operation.For(ModelTask.TextClassification, "text.classify");

    public static TaskOperations All { get; } = new(ModelTask.TextClassification, [Classify]);
}
