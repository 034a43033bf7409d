using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Onnx;

/// <summary>
/// Replaces the locale of StringNormalizer operators. The operator requests a locale of the system by name, by default <c>en_US</c>, as in
/// pipelines exported from scikit-learn. Small images and new machines do not have it, so the graph cannot be loaded. The locale that every
/// glibc has folds letters in the same way.
/// </summary>
internal static class PortableLocale
{
    private const string Operator = "StringNormalizer";
    private const string Attribute = "locale";
    private const string Everywhere = "C.UTF-8";

    /// <summary>Whether a graph failed to load because of a missing locale.</summary>
    public static bool IsMissing(OnnxRuntimeException fault) => fault.Message.Contains("construct locale", StringComparison.Ordinal);

    /// <summary>Returns the graph of a file with the locale replaced. Its weights must be in the same file.</summary>
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
