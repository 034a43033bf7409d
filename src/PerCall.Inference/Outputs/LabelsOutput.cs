using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>The labels of an input.</summary>
/// <param name="Predictions">The predictions, best first.</param>
/// <param name="Labels">
/// For a model whose labels apply independently: the labels that apply, best first; null for a model that chooses one label.
/// </param>
public sealed record LabelsOutput(IReadOnlyList<Prediction> Predictions, IReadOnlyList<string>? Labels) : ModelOutput;
