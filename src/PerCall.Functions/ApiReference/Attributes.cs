using System.Diagnostics.CodeAnalysis;

namespace PerCall.Functions.ApiReference;

/// <summary>Describes a function in the OpenAPI document.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string tag, string summary, string? description = null) : Attribute
{
    public string Tag => tag;

    public string Summary => summary;

    public string? Description => description;
}

/// <summary>Declares a query parameter.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryAttribute(string name, Type type, string description) : Attribute
{
    public string Name => name;

    public Type Type => type;

    public string Description => description;

    /// <summary>Example value in the API reference.</summary>
    public string? Example { get; init; }
}

/// <summary>Declares a type and content types that the request body may have.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class BodyAttribute(Type type, params string[] contentTypes) : Attribute
{
    public Type Type => type;

    public IReadOnlyList<string> ContentTypes => contentTypes;

    /// <summary>Example body in the API reference. A service with the repository's models accepts it.</summary>
    [StringSyntax(StringSyntaxAttribute.Json)]
    public string? Example { get; init; }
}

/// <summary>A multipart form with an image, <c>model</c> and <c>top_k</c>.</summary>
public static class PictureForm;

/// <summary>A multipart form with a file and its purpose.</summary>
public static class FileForm;

/// <summary>A multipart form with an audio file and the model that transcribes it.</summary>
public static class TranscriptionForm;

/// <summary>Declares a status that the function returns, and the type of its body.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswerAttribute(int status, Type? type = null) : Attribute
{
    public int Status => status;

    public Type? Type => type;
}
