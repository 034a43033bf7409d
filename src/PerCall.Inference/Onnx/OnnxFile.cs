using Google.Protobuf;

namespace PerCall.Inference.Onnx;

/// <summary>The parts of an ONNX file that can be read without running it.</summary>
/// <param name="ExternalData">Paths of files with external weights, relative to the ONNX file.</param>
/// <param name="Opset">The imported version of the default operator set.</param>
internal sealed record OnnxFile(IReadOnlyCollection<string> ExternalData, long? Opset)
{
    // Weights are skipped while reading, so memory use does not depend on the file's size.
    private static readonly MessageParser<ModelProto> Parser = ModelProto.Parser.WithDiscardUnknownFields(true);

    /// <summary>Reads a file's structure.</summary>
    /// <exception cref="InvalidDataException">The file is not in the ONNX format.</exception>
    public static OnnxFile Read(string path)
    {
        var model = Parse(path);
        if (model.Graph is null)
        {
            throw new InvalidDataException("it has no graph.");
        }

        var tensors = Tensors(model.Graph).Concat(model.Functions.SelectMany(f => f.Node.SelectMany(Tensors)));
        var external = tensors
            .Where(t => t.DataLocation == TensorProto.Types.DataLocation.External)
            .Select(t => t.ExternalData.FirstOrDefault(e => e.Key == "location")?.Value ?? "")
            .ToHashSet(StringComparer.Ordinal);
        // The default operator set is written "" or "ai.onnx".
        var opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx");
        return new(external, opset?.Version);
    }

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

    private static IEnumerable<TensorProto> Tensors(GraphProto graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(Tensors))
            .Concat(graph.Node.SelectMany(Tensors));

    private static IEnumerable<TensorProto> Tensors(SparseTensorProto sparse) =>
        new[] { sparse.Values, sparse.Indices }.Where(t => t is not null);

    private static IEnumerable<TensorProto> Tensors(NodeProto node) => node.Attribute.SelectMany(a =>
        new[] { a.T }.Where(t => t is not null)
            .Concat(a.Tensors)
            .Concat(new[] { a.G }.Where(g => g is not null).Concat(a.Graphs).SelectMany(Tensors))
            .Concat(new[] { a.SparseTensor }.Where(s => s is not null).Concat(a.SparseTensors).SelectMany(Tensors)));
}
