using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Inference.Packages;

/// <summary>The names that a manifest's enumerations have in <c>model.json</c>.</summary>
public static class ManifestNames
{
    /// <summary>For example <c>image-classification</c>.</summary>
    public static string Of(ModelTask task) => Name(task, ManifestJson.Default.ModelTask);

    /// <summary>For example <c>image</c>.</summary>
    public static string Of(PriceUnit unit) => Name(unit, ManifestJson.Default.PriceUnit);

    /// <summary>For example <c>float32</c>.</summary>
    public static string Of(TensorType type) => Name(type, ManifestJson.Default.TensorType);

    private static string Name<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(value, type).GetString()!;
}
