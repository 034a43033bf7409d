using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Onnx.Graph;

/// <summary>
/// Builds an ONNX graph, operator by operator. Values are identified by name. An inner graph (a branch of <c>If</c>) can use the values of
/// its outer graphs, so names are unique across all of them.
/// </summary>
internal sealed class GraphBuilder
{
    private readonly GraphProto _graph;
    private readonly GraphBuilder? _outer;
    private int _names;

    public GraphBuilder(string name) => _graph = new() { Name = name };

    private GraphBuilder(GraphBuilder outer)
    {
        _outer = outer;
        _graph = new() { Name = NewName("branch") };
    }

    /// <param name="name">The input's name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Its dimensions; -1 is a free dimension.</param>
    public string Input(string name, DataType type, params long[] shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return name;
    }

    /// <summary>Makes a computed value an output with the given name.</summary>
    public void Output(string name, string value, DataType type, params long[] shape)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Input = { value }, Output = { name } });
        _graph.Output.Add(Value(name, type, shape));
    }

    public string Add(string op, params string[] inputs) => Add(op, inputs, [], 1)[0];

    public string Add(string op, string[] inputs, params AttributeProto[] attributes) => Add(op, inputs, attributes, 1)[0];

    public string[] Add(string op, string[] inputs, AttributeProto[] attributes, int outputs)
    {
        var node = new NodeProto { OpType = op, Name = NewName(op) };
        node.Input.Add(inputs);
        node.Attribute.Add(attributes);
        node.Output.Add(Enumerable.Range(0, outputs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{node.Name}.{i}")));
        _graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Adds two branches that compute the same values; one of them runs.</summary>
    /// <param name="condition">A bool of one element.</param>
    /// <param name="then">Builds the branch for true, and returns its values.</param>
    /// <param name="otherwise">Builds the branch for false.</param>
    /// <param name="types">Element types of the values; each has one free dimension.</param>
    public string[] If(
        string condition, Func<GraphBuilder, string[]> then, Func<GraphBuilder, string[]> otherwise, params DataType[] types) =>
        Add("If", [condition], [Branch("then_branch", then, types), Branch("else_branch", otherwise, types)], types.Length);

    public string Longs(params long[] values) => Constant(DataType.Int64, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    public string Float(float value) => Constant(DataType.Float, MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in value)), 1);

    /// <summary>Adds a constant whose bytes are in another file.</summary>
    public string External(string name, DataType type, IEnumerable<long> shape, string file, long offset, long length)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.Add(shape);
        foreach (var (key, value) in new[] { ("location", file), ("offset", offset.ToString(CultureInfo.InvariantCulture)), (
            "length", length.ToString(CultureInfo.InvariantCulture)) })
        {
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        _graph.Initializer.Add(tensor);
        return name;
    }

    public ModelProto ToModel(long irVersion, long opset) => new()
    {
        IrVersion = irVersion,
        ProducerName = "PerCall",
        ProducerVersion = typeof(GraphBuilder).Assembly.GetName().Version!.ToString(3),
        Graph = _graph,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
    };

    private AttributeProto Branch(string name, Func<GraphBuilder, string[]> build, DataType[] types)
    {
        var branch = new GraphBuilder(this);
        foreach (var (value, type) in build(branch).Zip(types))
        {
            branch._graph.Output.Add(Value(value, type, [-1]));
        }

        return new AttributeProto { Name = name, G = branch._graph, Type = AttributeProto.Types.AttributeType.Graph };
    }

    private string Constant(DataType type, ReadOnlySpan<byte> raw, long length)
    {
        var name = NewName("constant");
        _graph.Initializer.Add(
            new TensorProto { Name = name, DataType = (int)type, Dims = { length }, RawData = ByteString.CopyFrom(raw) });
        return name;
    }

    private string NewName(string of) => _outer?.NewName(of) ?? string.Create(CultureInfo.InvariantCulture, $"{of}_{++_names}");

    private static ValueInfoProto Value(string name, DataType type, long[] shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.Add(shape.Select((d, i) => d >= 0
            ? new TensorShapeProto.Types.Dimension { DimValue = d }
            : new TensorShapeProto.Types.Dimension { DimParam = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}") }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = dimensions } } };
    }
}
