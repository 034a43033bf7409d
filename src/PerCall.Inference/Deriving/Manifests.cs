using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>Parts of manifests as JSON.</summary>
internal static class Manifests
{
    /// <summary>Returns the dimensions of a tensor.</summary>
    public static JsonArray Shape(IEnumerable<int> shape) => [.. shape.Select(d => (JsonNode)(d > 0 ? d : -1))];

    /// <summary>Returns numbers.</summary>
    public static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(v => (JsonNode)v)];

    /// <summary>Returns texts.</summary>
    public static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    /// <summary>Describes a tensor of a graph.</summary>
    public static JsonObject Tensor(string name, TensorType type, IEnumerable<int> shape) => new()
    {
        ["name"] = name,
        ["type"] = ManifestNames.Of(type),
        ["shape"] = Shape(shape),
    };
}
