using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>Reads and writes <c>model.json</c>, <c>aliases.json</c> and golden examples: snake_case, unknown members refused, so that a slip of the pen is told.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16,
    WriteIndented = true)]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(GoldenExample))]
[JsonSerializable(typeof(Registry.AliasMap))]
internal sealed partial class ManifestJson : JsonSerializerContext;
