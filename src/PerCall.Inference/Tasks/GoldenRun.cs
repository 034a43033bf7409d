using PerCall.Inference.Images;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tasks;

/// <summary>What a golden example runs on.</summary>
/// <param name="Model">The model that is verified.</param>
/// <param name="Folder">The package, unpacked.</param>
/// <param name="Images">The image pipeline, with the service's limit on pixels.</param>
internal readonly record struct GoldenRun(LoadedModel Model, string Folder, ImageClassifier Images);
