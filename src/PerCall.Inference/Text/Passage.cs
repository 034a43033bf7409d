using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Text;

/// <summary>A text, or a pair of texts.</summary>
/// <param name="Text">The text, or the first text of the pair.</param>
/// <param name="Pair">The second text of the pair; null for a single text.</param>
public sealed record Passage(string Text, string? Pair = null) : ModelInput;
