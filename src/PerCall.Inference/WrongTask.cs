using PerCall.Inference.Packages;

namespace PerCall.Inference;

/// <summary>The error for a model that is requested for another task than its own.</summary>
internal static class WrongTask
{
    public static ModelNotFoundException Of(ModelManifest manifest, ModelTask asked) => new(
        "wrong_task",
        $"The model {manifest} is for {ManifestNames.Of(manifest.Task)}, not for {ManifestNames.Of(asked)}. "
            + "GET /v1/models lists the task of each model.");
}
