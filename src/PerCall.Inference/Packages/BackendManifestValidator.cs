using System.Globalization;

namespace PerCall.Inference.Packages;

/// <summary>
/// Checks that a manifest has exactly the members of its backend: a graph with tensors, or the description of a large model.
/// </summary>
internal static class BackendManifestValidator
{
    public static IEnumerable<PackageFault> Check(ModelManifest m) => m.Backend == ModelBackend.OpenAi
        ? LargeModelManifestValidator.Check(m)
        : Onnx(m).Concat(Tensors(m)).Concat(FallbackManifestValidator.Check(m));

    private static IEnumerable<PackageFault> Onnx(ModelManifest m)
    {
        if (m.Model.Length == 0)
        {
            yield return new("model", "is missing; it is required for the backend onnx.");
        }

        if (m.LargeModel is not null)
        {
            yield return new("large_model", "is not allowed for the backend onnx.");
        }
    }

    private static IEnumerable<PackageFault> Tensors(ModelManifest m)
    {
        if (m.Inputs.Count == 0)
        {
            yield return new("inputs", "is empty; a model must have at least one input tensor.");
        }

        if (m.Outputs.Count == 0)
        {
            yield return new("outputs", "is empty; a model must have at least one output tensor.");
        }

        foreach (var (where, tensor) in m.Inputs.Select((t, i) => ($"inputs[{i}]", t)).Concat(
            m.Outputs.Select((t, i) => ($"outputs[{i}]", t))))
        {
            foreach (var dimension in tensor.Shape.Where(d => d is 0 or < -1))
            {
                yield return new(
                    $"{where}.shape",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"has the dimension {dimension}; allowed: -1 for a free dimension, or at least 1."));
            }
        }
    }
}
