using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Inference.Packages;

/// <summary>
/// How <c>model.json</c>, <c>aliases.json</c> and golden examples are read and written: snake_case, unknown members refused, so that a slip of the
/// pen is told. By reflection, because generated code gives a member that is left out its type's default and not the one that the record declares.
/// </summary>
internal static class ManifestJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        MaxDepth = 16,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    /// <summary>The same, with what is absent left out.</summary>
    public static JsonSerializerOptions Written { get; } = new(Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
