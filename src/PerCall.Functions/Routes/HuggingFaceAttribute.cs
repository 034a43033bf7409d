namespace PerCall.Functions.Routes;

/// <summary>Marks a function that Hugging Face's clients call. Its errors have the form that they expect.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HuggingFaceAttribute : Attribute;
