using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Tensors;

/// <summary>
/// The tensors of a loaded graph. Where the graph declares no shape, the shape is that of the manifest, if it describes the tensor.
/// </summary>
/// <param name="Inputs">The inputs, in the manifest's order.</param>
/// <param name="Outputs">All outputs that are tensors of a supported type, in the graph's order.</param>
public sealed record ModelTensors(IReadOnlyList<TensorInfo> Inputs, IReadOnlyList<TensorInfo> Outputs)
{
    /// <summary>Describes a model.</summary>
    /// <param name="model">A model with a graph, held by a lease.</param>
    /// <exception cref="InvalidInputException">The model has no graph, or an input that is not a tensor of a supported type.</exception>
    public static ModelTensors Of(LoadedModel model)
    {
        RequireGraph(model.Manifest);
        var (manifest, session) = (model.Manifest, model.Session);
        return new(
            [
                .. manifest.Inputs.Select(i => i.Name).Where(session.InputMetadata.ContainsKey).Union(session.InputMetadata.Keys)
                    .Select(name => Describe(name, session.InputMetadata[name], manifest.Inputs)
                        ?? throw TensorFaults.NoTensor(name, KindOf(session.InputMetadata[name]))),
            ],
            [.. session.OutputNames.Select(n => Describe(n, session.OutputMetadata[n], manifest.Outputs)).OfType<TensorInfo>()]);
    }

    /// <summary>Refuses a model without a graph.</summary>
    /// <exception cref="InvalidInputException">A large model answers the calls.</exception>
    public static void RequireGraph(ModelManifest manifest)
    {
        if (manifest.Backend == ModelBackend.OpenAi)
        {
            throw new InvalidInputException(
                "no_graph",
                $"The model {manifest} is a large model and has no tensors; call it with the API of its task, "
                    + $"{ManifestNames.Of(manifest.Task)}.",
                "model");
        }
    }

    /// <summary>Returns the error for an output that cannot be asked for.</summary>
    internal InvalidInputException Refuse(LoadedModel model, string output) =>
        model.Session.OutputMetadata.TryGetValue(output, out var node)
            ? TensorFaults.NoTensor(output, KindOf(node))
            : TensorFaults.UnknownOutput(output, Outputs.Select(o => o.Name));

    private static TensorInfo? Describe(string name, NodeMetadata node, IReadOnlyList<TensorDescription> described)
    {
        if (!node.IsTensor || ElementTypes.Of(node.ElementDataType) is not { } type)
        {
            return null;
        }

        // The runtime reports no dimensions for a scalar and for a shape that is not declared.
        var shape = node.Dimensions.Length > 0 ? node.Dimensions : described.FirstOrDefault(d => d.Name == name)?.Shape ?? [];
        return new(name, type, [.. shape.Select(d => (long)d)]);
    }

    private static string KindOf(NodeMetadata node) => node.OnnxValueType switch
    {
        OnnxValueType.ONNX_TYPE_SEQUENCE => "sequence",
        OnnxValueType.ONNX_TYPE_MAP => "map",
        OnnxValueType.ONNX_TYPE_SPARSETENSOR => "sparse tensor",
        OnnxValueType.ONNX_TYPE_OPTIONAL => "optional value",
        OnnxValueType.ONNX_TYPE_TENSOR => $"tensor of {node.ElementDataType}",
        var other => other.ToString(),
    };
}
