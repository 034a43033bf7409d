using PerCall.Inference.Images;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tasks;

/// <summary>The context of a golden example's run.</summary>
/// <param name="Model">The model to verify.</param>
/// <param name="Folder">The unpacked package.</param>
/// <param name="Images">The image pipeline, with the service's limit on pixels.</param>
internal readonly record struct GoldenRun(LoadedModel Model, string Folder, ImageClassifier Images);
