using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Tables;

/// <summary>A row as values in the order of the model's columns.</summary>
/// <param name="Numbers">Numbers, indexes of categories, and 1 or 0 for Boolean values.</param>
/// <param name="Texts">Texts of the columns that go to tensors of strings; null if there are none.</param>
internal sealed record EncodedRow(double[] Numbers, string[]? Texts) : EncodedInput;
