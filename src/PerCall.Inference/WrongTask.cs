using PerCall.Inference.Packages;

namespace PerCall.Inference;

/// <summary>A model that was asked for what it is not for.</summary>
internal static class WrongTask
{
    public static ModelNotFoundException Of(ModelManifest manifest, ModelTask asked) => new(
        "wrong_task",
        $"The model {manifest} is for {ManifestNames.Of(manifest.Task)}, not for {ManifestNames.Of(asked)}. "
            + "GET /v1/models lists the task of each model.");
}
