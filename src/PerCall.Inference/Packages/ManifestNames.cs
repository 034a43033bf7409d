using System.Text.Json;

namespace PerCall.Inference.Packages;

/// <summary>The names that a manifest's enumerations have in <c>model.json</c>.</summary>
public static class ManifestNames
{
    /// <summary>For example <c>image-classification</c>.</summary>
    public static string Of(ModelTask task) => Name(task);

    /// <summary>For example <c>image</c>.</summary>
    public static string Of(PriceUnit unit) => Name(unit);

    /// <summary>For example <c>float32</c>.</summary>
    public static string Of(TensorType type) => Name(type);

    private static string Name<T>(T value) => JsonSerializer.SerializeToElement(value, ManifestJson.Options).GetString()!;
}
