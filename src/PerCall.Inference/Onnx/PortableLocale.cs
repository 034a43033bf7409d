using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Onnx;

/// <summary>
/// The operator StringNormalizer asks the system for a locale by name, <c>en_US</c> where the graph says nothing, as pipelines that were
/// exported from scikit-learn do. Small images and new machines have no such locale, and the graph cannot be loaded. The locale that every
/// glibc has folds letters alike.
/// </summary>
internal static class PortableLocale
{
    private const string Operator = "StringNormalizer";
    private const string Attribute = "locale";
    private const string Everywhere = "C.UTF-8";

    /// <summary>Whether a graph cannot be loaded for want of a locale.</summary>
    public static bool IsMissing(OnnxRuntimeException fault) => fault.Message.Contains("construct locale", StringComparison.Ordinal);

    /// <summary>The graph of a file with another locale. Its weights have to be in the file.</summary>
    public static byte[] Rewrite(string path)
    {
        var model = Graph.ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Rewrite(model.Graph);
        return model.ToByteArray();
    }

    private static void Rewrite(Graph.GraphProto graph)
    {
        foreach (var node in graph.Node)
        {
            foreach (var inner in node.Attribute.Where(a => a.G is not null))
            {
                Rewrite(inner.G);
            }

            if (node.OpType != Operator)
            {
                continue;
            }

            if (node.Attribute.FirstOrDefault(a => a.Name == Attribute) is { } given)
            {
                node.Attribute.Remove(given);
            }

            node.Attribute.Add(new Graph.AttributeProto
            {
                Name = Attribute,
                Type = Graph.AttributeProto.Types.AttributeType.String,
                S = ByteString.CopyFromUtf8(Everywhere),
            });
        }
    }
}
