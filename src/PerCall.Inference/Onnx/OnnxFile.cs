using Google.Protobuf;

namespace PerCall.Inference.Onnx;

/// <summary>The parts of an ONNX file that can be read without running it.</summary>
/// <param name="ExternalData">Paths of files with external weights, relative to the ONNX file.</param>
/// <param name="Opset">The imported version of the default operator set.</param>
internal sealed record OnnxFile(IReadOnlyCollection<string> ExternalData, long? Opset)
{
    // Weights are skipped while reading, so memory use does not depend on the file's size.
    private static readonly MessageParser<ModelProto> Parser = ModelProto.Parser.WithDiscardUnknownFields(true);

    /// <summary>The version of the file format.</summary>
    public long IrVersion { get; private init; }

    /// <summary>The program that wrote the file; empty if it does not say.</summary>
    public string Producer { get; private init; } = "";

    /// <summary>What the producer wrote about the model, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private init; } = new Dictionary<string, string>();

    /// <summary>The names of all operators that are not functions of the file, also those of inner graphs, with their domain.</summary>
    public IReadOnlySet<(string Domain, string Name)> Operators { get; private init; } = new HashSet<(string, string)>();

    /// <summary>The operators of the outer graph, in the file's order.</summary>
    public IReadOnlyList<NodeProto> Nodes { get; private init; } = [];

    /// <summary>Returns the paths of the files with external weights in a package.</summary>
    /// <param name="graph">The path of the ONNX file in the package.</param>
    public IEnumerable<string> PackagePaths(string graph)
    {
        var directory = Path.GetDirectoryName(graph)!.Replace('\\', '/');
        return ExternalData.Select(location => directory.Length == 0 ? location : $"{directory}/{location}");
    }

    /// <summary>Reads the structure of a file that somebody gives.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shown">How the error names it.</param>
    /// <exception cref="PackageRefusedException">The file is not in the ONNX format.</exception>
    public static OnnxFile Require(string path, string shown)
    {
        try
        {
            return Read(path);
        }
        catch (InvalidDataException e)
        {
            throw new PackageRefusedException([new(shown, $"is not an ONNX file: {e.Message}")]);
        }
    }

    /// <summary>Reads a file's structure.</summary>
    /// <exception cref="InvalidDataException">The file is not in the ONNX format.</exception>
    public static OnnxFile Read(string path)
    {
        var model = Parse(path);
        if (model.Graph is null)
        {
            throw new InvalidDataException("it has no graph.");
        }

        var inner = model.Functions.SelectMany(f => f.Node);
        var external = Tensors(model.Graph).Concat(inner.SelectMany(Tensors))
            .Where(t => t.DataLocation == TensorProto.Types.DataLocation.External)
            .Select(t => t.ExternalData.FirstOrDefault(e => e.Key == "location")?.Value ?? "")
            .ToHashSet(StringComparer.Ordinal);
        // The default operator set is written "" or "ai.onnx".
        var opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx");
        var functions = model.Functions.Select(f => (f.Domain, f.Name)).ToHashSet();
        return new(external, opset?.Version)
        {
            IrVersion = model.IrVersion,
            Producer = model.ProducerName,
            Metadata = model.MetadataProps.GroupBy(p => p.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Value),
            Operators = model.Graph.Node.Concat(inner).SelectMany(WithInner).Select(n => (n.Domain, n.OpType))
                .Where(o => !functions.Contains(o)).ToHashSet(),
            Nodes = model.Graph.Node,
        };
    }

    /// <summary>Returns an operator, and those of its inner graphs.</summary>
    public static IEnumerable<NodeProto> WithInner(NodeProto node) =>
        node.Attribute.SelectMany(Graphs).SelectMany(g => g.Node).SelectMany(WithInner).Prepend(node);

    private static ModelProto Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static IEnumerable<GraphProto> Graphs(AttributeProto attribute) =>
        new[] { attribute.G }.Where(g => g is not null).Concat(attribute.Graphs);

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(Tensors))
            .Concat(graph.Node.SelectMany(Tensors));

    private static IEnumerable<TensorProto> Tensors(SparseTensorProto sparse) =>
        new[] { sparse.Values, sparse.Indices }.Where(t => t is not null);

    private static IEnumerable<TensorProto> Tensors(NodeProto node) => node.Attribute.SelectMany(a =>
        new[] { a.T }.Where(t => t is not null)
            .Concat(a.Tensors)
            .Concat(Graphs(a).SelectMany(Tensors))
            .Concat(new[] { a.SparseTensor }.Where(s => s is not null).Concat(a.SparseTensors).SelectMany(Tensors)));
}
