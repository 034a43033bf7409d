using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Sessions;
using PerCall.Inference.Tensors;
using WholeModel = PerCall.Inference.Onnx.Graph.ModelProto;
using WholeNode = PerCall.Inference.Onnx.Graph.NodeProto;

namespace PerCall.Inference.Deriving;

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type; null for other than tensors, and for types without support.</param>
/// <param name="Shape">The dimensions, -1 for a free one; null if the graph does not declare them.</param>
/// <param name="HasMaps">Whether it is a sequence of maps, as ZipMap makes.</param>
internal sealed record GraphTensor(string Name, TensorType? Type, int[]? Shape, bool HasMaps)
{
    /// <summary>The names of the dimensions, empty for those without; as many as there are dimensions.</summary>
    public IReadOnlyList<string> Dimensions { get; init; } = [];

    public int Rank => Shape?.Length ?? -1;

    public bool IsInteger => Type is TensorType.Int32 or TensorType.Int64 or TensorType.UInt8 or TensorType.Int8 or TensorType.Int16
        or TensorType.UInt16;

    public bool IsFloat => Type is TensorType.Float32 or TensorType.Float16 or TensorType.Float64;
}

/// <summary>What a graph says of itself.</summary>
/// <param name="path">The file.</param>
/// <param name="onnx">The file's structure.</param>
/// <param name="session">The loaded graph.</param>
internal sealed class GraphFacts(string path, OnnxFile onnx, ModelSession session)
{
    private const string MachineLearning = "ai.onnx.ml";
    private const long MaxReadBytes = 64 << 20;

    /// <summary>Operators that change no value.</summary>
    private static readonly string[] MoveElements = ["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Transpose"];

    private readonly Lazy<IReadOnlyList<WholeNode>> _classical = new(() => ReadClassical(path, onnx));

    public OnnxFile Onnx => onnx;

    /// <summary>
    /// The operators of classical machine learning with their attributes; empty for a large file, whose weights would be read with them.
    /// </summary>
    public IReadOnlyList<WholeNode> Classical => _classical.Value;

    public ModelSession Session => session;

    public IReadOnlyList<GraphTensor> Inputs { get; } =
        [.. session.InputNames.Select(name => Describe(name, session.InputMetadata[name]))];

    public IReadOnlyList<GraphTensor> Outputs { get; } =
        [.. session.OutputNames.Select(name => Describe(name, session.OutputMetadata[name]))];

    /// <summary>Whether the graph has an operator of classical machine learning, as converters of scikit-learn write it.</summary>
    public bool IsClassical => HasClassical(onnx);

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

            if (!MoveElements.Contains(node.OpType))
            {
                return node.OpType;
            }

            value = node.Input[0];
        }

        return null;
    }

    /// <summary>Returns the inputs that an output is computed from.</summary>
    public HashSet<string> InputsOf(string output)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal) { output };
        // The operators are sorted: each comes after those that it reads from.
        foreach (var node in onnx.Nodes.Reverse().Where(n => n.Output.Any(needed.Contains)))
        {
            needed.UnionWith(OnnxFile.WithInner(node).SelectMany(n => n.Input));
        }

        needed.IntersectWith(session.InputNames);
        return needed;
    }

    /// <summary>
    /// Returns the texts that an encoder of the graph knows for an input, and whether it fails on others; null if there is no encoder.
    /// </summary>
    public (IReadOnlyList<string> Words, bool IsClosed)? WordsOf(string input)
    {
        // Converters of scikit-learn put the columns of one type together, and encode them one by one in the same order.
        var (values, column, columns) = (new HashSet<string>(StringComparer.Ordinal) { input }, 0, 1);
        foreach (var node in onnx.Nodes.Where(n => n.Input.Any(values.Contains)))
        {
            if (node.OpType == "Concat")
            {
                (column, columns) = (node.Input.TakeWhile(i => !values.Contains(i)).Count(), node.Input.Count);
            }
            else if (!MoveElements.Contains(node.OpType) && node.OpType is not ("ArrayFeatureExtractor" or "Gather"))
            {
                continue;
            }

            values.UnionWith(node.Output);
        }

        var encoders = Classical
            .Where(n => n.Input.Any(values.Contains))
            .Select(n => (Words: n.Attribute.FirstOrDefault(a => a.Name is "keys_strings" or "cats_strings")?.Strings, Encoder: n))
            .Where(e => e.Words?.Count > 0).ToList();
        if (encoders.Count != columns)
        {
            return null;
        }

        var (words, encoder) = encoders[column];
        return (
            [.. words!.Select(w => w.ToStringUtf8())],
            encoder.OpType == "OneHotEncoder" && encoder.Attribute.Any(a => a is { Name: "zeros", I: 0 }));
    }

    private static bool HasClassical(OnnxFile onnx) => onnx.Operators.Any(o => o.Domain == MachineLearning);

    private static IReadOnlyList<WholeNode> ReadClassical(string path, OnnxFile onnx)
    {
        if (!HasClassical(onnx) || new FileInfo(path).Length > MaxReadBytes)
        {
            return [];
        }

        using var stream = File.OpenRead(path);
        var model = WholeModel.Parser.WithDiscardUnknownFields(true).ParseFrom(stream);
        return [.. model.Graph.Node.Where(n => n.Domain == MachineLearning)];
    }

    private static GraphTensor Describe(string name, NodeMetadata node)
    {
        if (!node.IsTensor)
        {
            return new(name, null, null, node.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE
                && node.AsSequenceMetadata().ElementMeta.OnnxValueType == OnnxValueType.ONNX_TYPE_MAP);
        }

        // The runtime reports no dimensions for a scalar, and for a shape that is not declared.
        return new(name, ElementTypes.Of(node.ElementDataType), node.Dimensions.Length == 0 ? null : node.Dimensions, HasMaps: false)
        {
            Dimensions = node.SymbolicDimensions,
        };
    }
}
