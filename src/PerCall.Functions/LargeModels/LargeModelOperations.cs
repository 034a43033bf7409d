using PerCall.Functions.Pricing;

namespace PerCall.Functions.LargeModels;

/// <summary>The operation under which calls of large models are charged.</summary>
public static class LargeModelOperations
{
    public static Operation Call { get; } = new(
        "openai", [ChargedTokens.In, ChargedTokens.CachedIn, ChargedTokens.Out, ChargedTokens.AudioSeconds]);
}
