using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Publishing;

/// <summary>Compares the tensors and labels of a manifest with those of the graph.</summary>
internal static class GraphTensors
{
    /// <param name="manifest">The manifest.</param>
    /// <param name="session">The graph.</param>
    /// <param name="labels">The number of labels; null when it is not known.</param>
    public static IEnumerable<PackageFault> Check(ModelManifest manifest, ModelSession session, int? labels)
    {
        var (inputs, outputs) = (session.InputMetadata, session.OutputMetadata);
        foreach (var missing in inputs.Keys.Except(manifest.Inputs.Select(i => i.Name)))
        {
            yield return new("inputs", $"does not describe the graph's input '{missing}'.");
        }

        var described = manifest.Inputs.Select((t, i) => ($"inputs[{i}]", t, inputs, "input"))
            .Concat(manifest.Outputs.Select((t, i) => ($"outputs[{i}]", t, outputs, "output")));
        foreach (var (where, tensor, actual, kind) in described)
        {
            if (!actual.TryGetValue(tensor.Name, out var node))
            {
                yield return new(
                    where, $"is named '{tensor.Name}', but the graph has no such {kind}; it has {string.Join(", ", actual.Keys)}.");
                continue;
            }

            if (kind == "output" && tensor.Name == manifest.Output?.Tensor && HasMaps(manifest, node))
            {
                continue;
            }

            foreach (var fault in Compare(where, tensor, node))
            {
                yield return fault;
            }
        }

        foreach (var fault in ModelTasks.Of(manifest.Task).CheckGraph(manifest, session, labels))
        {
            yield return fault;
        }
    }

    /// <summary>
    /// Whether labels are read from a sequence with a map of scores for each input, as the classifiers of scikit-learn give it.
    /// </summary>
    private static bool HasMaps(ModelManifest manifest, NodeMetadata node) =>
        manifest.Output!.Kind == OutputKind.Labels && node.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE
        && node.AsSequenceMetadata().ElementMeta.OnnxValueType == OnnxValueType.ONNX_TYPE_MAP;

    private static IEnumerable<PackageFault> Compare(string where, TensorDescription tensor, NodeMetadata node)
    {
        if (!node.IsTensor)
        {
            yield return new(where, $"'{tensor.Name}' is a {node.OnnxValueType} in the graph, not a tensor.");
            yield break;
        }

        if (node.ElementDataType != ElementTypes.Of(tensor.Type))
        {
            yield return new(
                $"{where}.type",
                $"is {tensor.Type.ToString().ToLowerInvariant()}, but '{tensor.Name}' is {node.ElementDataType} in the graph.");
        }

        // The manifest may fix a free dimension, but not contradict a fixed one. A graph need not declare dimensions.
        var fits = node.Dimensions.Length == 0
            || (node.Dimensions.Length == tensor.Shape.Count
                && node.Dimensions.Zip(tensor.Shape).All(d => d.First == -1 || d.First == d.Second));
        if (!fits)
        {
            yield return new(
                $"{where}.shape",
                $"is [{string.Join(", ", tensor.Shape)}], but '{tensor.Name}' is [{string.Join(", ", node.Dimensions)}] in the graph.");
        }
    }
}
