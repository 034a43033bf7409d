using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Packages;

/// <summary>
/// JSON settings for <c>model.json</c>, <c>aliases.json</c> and golden examples: snake_case, and unknown members are errors, so that a typo
/// is reported. Members with a default have a setter: generated code would set an omitted init-only member to its type's default.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16,
    WriteIndented = true,
    Converters =
    [
        typeof(NameConverter<Activation>),
        typeof(NameConverter<BoxCorners>),
        typeof(NameConverter<BoxForm>),
        typeof(NameConverter<ColorOrder>),
        typeof(NameConverter<Tables.ColumnType>),
        typeof(NameConverter<DigitRule>),
        typeof(NameConverter<ModelBackend>),
        typeof(NameConverter<ModelTask>),
        typeof(NameConverter<OutputKind>),
        typeof(NameConverter<Padding>),
        typeof(NameConverter<Pooling>),
        typeof(NameConverter<PriceUnit>),
        typeof(NameConverter<RecommenderMethod>),
        typeof(NameConverter<Resampling>),
        typeof(NameConverter<ResizeRule>),
        typeof(NameConverter<SplitRule>),
        typeof(NameConverter<TensorLayout>),
        typeof(NameConverter<TensorType>),
        typeof(NameConverter<TiktokenPattern>),
        typeof(NameConverter<TokenizerKind>),
        typeof(NameConverter<Truncation>),
        typeof(NameConverter<UnicodeForm>),
        typeof(NameConverter<VectorNorm>),
    ])]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(AliasMap))]
[JsonSerializable(typeof(GoldenExample))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    /// <summary>The same settings, without null members in the output.</summary>
    public static ManifestJson Written => field ??= new(new(Default.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>For documents that are built member by member: readable text, in one line.</summary>
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Same with line breaks and indents.</summary>
    public static JsonSerializerOptions Indented { get; } = new(Compact) { WriteIndented = true };

    /// <summary>Accepts names only, not numbers.</summary>
    private sealed class NameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
        where T : struct, Enum;
}
