using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Text;

/// <summary>What calls of text models are charged as.</summary>
public static class TextOperations
{
    public static Operation Classify { get; } = Operation.For(ModelTask.TextClassification, "text.classify");

    public static TaskOperations All { get; } = new(ModelTask.TextClassification, [Classify]);
}
