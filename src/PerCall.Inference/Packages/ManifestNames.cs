using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Inference.Packages;

/// <summary>Names of the manifest's enumerations in <c>model.json</c>.</summary>
public static class ManifestNames
{
    /// <summary>Returns the name, for example <c>image-classification</c>.</summary>
    public static string Of(ModelTask task) => Name(task);

    /// <summary>Returns the name, for example <c>onnx</c>.</summary>
    public static string Of(ModelBackend backend) => Name(backend);

    /// <summary>Returns the name, for example <c>image</c>.</summary>
    public static string Of(PriceUnit unit) => Name(unit);

    /// <summary>Returns the name, for example <c>float32</c>.</summary>
    public static string Of(TensorType type) => Name(type);

    /// <summary>Returns the name, for example <c>labels</c>.</summary>
    public static string Of(OutputKind kind) => Name(kind);

    /// <summary>Returns the name, for example <c>wordpiece</c>.</summary>
    public static string Of(TokenizerKind kind) => Name(kind);

    /// <summary>Returns the name, for example <c>svd++</c>.</summary>
    public static string Of(RecommenderMethod method) => Name(method);

    /// <summary>Returns the name, for example <c>category</c>.</summary>
    public static string Of(Tables.ColumnType type) => Name(type);

    private static string Name<T>(T value) =>
        JsonSerializer.SerializeToElement(value, (JsonTypeInfo<T>)ManifestJson.Default.GetTypeInfo(typeof(T))!).GetString()!;
}
