using PerCall.Functions.Predict;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Text;

namespace PerCall.Functions.Embeddings;

/// <summary>The texts of one call for vectors.</summary>
/// <param name="Model">The model that the call names; null: none.</param>
/// <param name="Texts">1 to 256 texts.</param>
/// <param name="Options">What the call asks of the vectors.</param>
/// <param name="AsBase64">Whether vectors are written in base64.</param>
/// <param name="Total">Number of characters of all texts.</param>
public sealed record EmbeddingCall(string? Model, IReadOnlyList<string> Texts, CallOptions Options, bool AsBase64, long Total)
    : PredictCall(Model, [.. Texts.Select(t => new Passage(t))], "input", Options, Inference.Text.Characters.Units(Total), Total);
