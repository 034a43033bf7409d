using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>Validates the section of a manifest that converts a classifier's output to labels.</summary>
internal static class OutputManifestValidator
{
    public static ManifestSection Section { get; } = new(
        "output", m => m.Output, Check)
    { Files = m => [("output.labels", m.Output?.Labels)] };

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Output is not { } output || m.Backend == ModelBackend.OpenAi || output.Tensor.Length == 0)
        {
            yield break;
        }

        if (!m.Outputs.Any(o => o.Name == output.Tensor))
        {
            yield return new("output.tensor", $"names '{output.Tensor}', which is not described in outputs.");
        }
        else if (m.Outputs.First(o => o.Name == output.Tensor).Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.UInt8))
        {
            yield return new(
                "output.tensor", $"names '{output.Tensor}', whose type cannot contain scores; allowed: float32, float16, uint8.");
        }

        if (output.Thresholds is not { } thresholds)
        {
            yield break;
        }

        if (output.Activation == Activation.Softmax)
        {
            yield return new(
                "output.thresholds",
                "is not allowed with softmax; "
                    + "thresholds are for models that decide on each label independently (sigmoid, or none if the graph applies it).");
        }

        if (thresholds.Count == 0 || thresholds.Any(t => !float.IsFinite(t)))
        {
            yield return new("output.thresholds", "must have one finite value, or one per label.");
        }
    }
}
