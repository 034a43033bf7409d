using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>An input or output of a loaded graph.</summary>
/// <param name="Name">The name in the graph.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, outermost first; -1 for a free one. Empty for a scalar, or if the graph declares no shape.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape);
