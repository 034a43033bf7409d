using System.Diagnostics.CodeAnalysis;

namespace PerCall.Functions.ApiReference;

/// <summary>What the API's description says of a function.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string tag, string summary, string? description = null) : Attribute
{
    public string Tag => tag;

    public string Summary => summary;

    public string? Description => description;
}

/// <summary>A parameter in the query.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryAttribute(string name, Type type, string description) : Attribute
{
    public string Name => name;

    public Type Type => type;

    public string Description => description;

    /// <summary>A value as the pages on the API show it.</summary>
    public string? Example { get; init; }
}

/// <summary>A form that the request's body may have.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class BodyAttribute(Type type, params string[] contentTypes) : Attribute
{
    public Type Type => type;

    public IReadOnlyList<string> ContentTypes => contentTypes;

    /// <summary>A body as the pages on the API show it; one that a service with the repository's models answers.</summary>
    [StringSyntax(StringSyntaxAttribute.Json)]
    public string? Example { get; init; }
}

/// <summary>A form with a picture, <c>model</c> and <c>top_k</c>.</summary>
public static class PictureForm;

/// <summary>A form with a file and what it is for.</summary>
public static class FileForm;

/// <summary>A status that the function answers with, and what its body is.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswerAttribute(int status, Type? type = null) : Attribute
{
    public int Status => status;

    public Type? Type => type;
}
