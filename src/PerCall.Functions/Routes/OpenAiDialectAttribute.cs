namespace PerCall.Functions.Routes;

/// <summary>
/// Marks a function that OpenAI's clients call. It also reports its limits in their headers, and accepts the query parameter that all
/// their calls may have.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenAiDialectAttribute : Attribute;
