namespace PerCall.Functions.ApiReference;

/// <summary>What the API's description says of a function.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OperationAttribute(string tag, string summary, string? description = null) : Attribute
{
    public string Tag => tag;

    public string Summary => summary;

    public string? Description => description;
}

/// <summary>A parameter in the query.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class QueryAttribute(string name, Type type, string description) : Attribute
{
    public string Name => name;

    public Type Type => type;

    public string Description => description;
}

/// <summary>A form that the request's body may have.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class BodyAttribute(Type type, params string[] contentTypes) : Attribute
{
    public Type Type => type;

    public IReadOnlyList<string> ContentTypes => contentTypes;
}

/// <summary>A status that the function answers with, and what its body is.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class AnswerAttribute(int status, Type? type = null) : Attribute
{
    public int Status => status;

    public Type? Type => type;
}
