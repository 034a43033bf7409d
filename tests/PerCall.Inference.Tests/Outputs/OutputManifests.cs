using System.Text;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tests.Outputs;

/// <summary>Manifests with an output section, for tests that need no graph.</summary>
internal static class OutputManifests
{
    /// <summary>The manifest of the model <c>values/1</c>.</summary>
    public static ModelManifest Of(JsonObject output) => ManifestReader.Parse(Encoding.UTF8.GetBytes(new JsonObject
    {
        ["schema"] = 1,
        ["name"] = "values",
        ["version"] = "1",
        ["task"] = "prediction",
        ["description"] = "For tests",
        ["license"] = "MIT",
        ["files"] = new JsonObject(),
        ["unit"] = "input",
        ["output"] = output,
    }.ToJsonString()));
}
