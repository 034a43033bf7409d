namespace PerCall.Functions.Routes;

/// <summary>
/// A function that OpenAI's clients call: it tells its limits in their fields, too, and takes the query that all their calls may have.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenAiDialectAttribute : Attribute;
