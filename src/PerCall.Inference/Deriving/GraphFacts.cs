using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Deriving;

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type; null for other than tensors, and for types without support.</param>
/// <param name="Shape">The dimensions, -1 for a free one; null if the graph does not declare them.</param>
/// <param name="HasMaps">Whether it is a sequence of maps, as ZipMap makes.</param>
internal sealed record GraphTensor(string Name, TensorType? Type, int[]? Shape, bool HasMaps)
{
    public int Rank => Shape?.Length ?? -1;

    public bool IsInteger => Type is TensorType.Int32 or TensorType.Int64 or TensorType.UInt8 or TensorType.Int8 or TensorType.Int16
        or TensorType.UInt16;

    public bool IsFloat => Type is TensorType.Float32 or TensorType.Float16 or TensorType.Float64;
}

/// <summary>What a graph says of itself.</summary>
/// <param name="file">Its path in the folder.</param>
/// <param name="onnx">The file's structure.</param>
/// <param name="session">The loaded graph.</param>
internal sealed class GraphFacts(string file, OnnxFile onnx, ModelSession session)
{
    public string File => file;

    public OnnxFile Onnx => onnx;

    public ModelSession Session => session;

    public IReadOnlyList<GraphTensor> Inputs { get; } =
        [.. session.InputNames.Select(name => Describe(name, session.InputMetadata[name]))];

    public IReadOnlyList<GraphTensor> Outputs { get; } =
        [.. session.OutputNames.Select(name => Describe(name, session.OutputMetadata[name]))];

    /// <summary>Whether the graph has an operator of classical machine learning, as converters of scikit-learn write it.</summary>
    public bool IsClassical => onnx.Operators.Any(o => o.Domain == "ai.onnx.ml");

    public GraphTensor? Input(string name) => Inputs.FirstOrDefault(i => i.Name == name);

    public GraphTensor? Output(string name) => Outputs.FirstOrDefault(o => o.Name == name);

    /// <summary>
    /// Returns the operator that computes a value, looking through those that only move elements; null if it is an input.
    /// </summary>
    public string? ComputedBy(string value)
    {
        for (var steps = 0; steps < onnx.Nodes.Count; steps++)
        {
            if (onnx.Nodes.FirstOrDefault(n => n.Output.Contains(value)) is not { } node)
            {
                return null;
            }

            if (node.OpType is not ("Identity" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" or "Cast" or "Transpose"))
            {
                return node.OpType;
            }

            value = node.Input[0];
        }

        return null;
    }

    private static GraphTensor Describe(string name, NodeMetadata node)
    {
        if (!node.IsTensor)
        {
            return new(name, null, null, node.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE
                && node.AsSequenceMetadata().ElementMeta.OnnxValueType == OnnxValueType.ONNX_TYPE_MAP);
        }

        // The runtime reports no dimensions for a scalar, and for a shape that is not declared.
        return new(name, ElementTypes.Of(node.ElementDataType), node.Dimensions.Length == 0 ? null : node.Dimensions, HasMaps: false);
    }
}
