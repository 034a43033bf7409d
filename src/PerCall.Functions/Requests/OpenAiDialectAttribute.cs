namespace PerCall.Functions.Requests;

/// <summary>A function that OpenAI's clients call: its refusals have what they look for, too, and so have its limits.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenAiDialectAttribute : Attribute;
