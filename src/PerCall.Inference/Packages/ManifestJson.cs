using System.Text.Json.Serialization;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Packages;

/// <summary>
/// How <c>model.json</c>, <c>aliases.json</c> and golden examples are read and written: snake_case, unknown members refused, so that a slip
/// of the pen is told. Members that have a default can be set, as generated code gives one that can only be initialised its type's default
/// where it is left out.
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
        typeof(NameConverter<ColorOrder>),
        typeof(NameConverter<DigitRule>),
        typeof(NameConverter<ModelTask>),
        typeof(NameConverter<Padding>),
        typeof(NameConverter<PriceUnit>),
        typeof(NameConverter<RecommenderMethod>),
        typeof(NameConverter<ResizeRule>),
        typeof(NameConverter<TensorLayout>),
        typeof(NameConverter<TensorType>),
        typeof(NameConverter<TiktokenPattern>),
        typeof(NameConverter<TokenizerKind>),
        typeof(NameConverter<Truncation>),
        typeof(NameConverter<UnicodeForm>),
    ])]
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(AliasMap))]
[JsonSerializable(typeof(GoldenExample))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    /// <summary>The same, with what is absent left out.</summary>
    public static ManifestJson Written => field ??= new(new(Default.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>A name, and no number.</summary>
    private sealed class NameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
        where T : struct, Enum;
}
