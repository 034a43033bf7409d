namespace PerCall.Functions.Routes;

/// <summary>Marks a function whose answers a large model generates. Their responses say so in a header.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AiGeneratedAttribute : Attribute;
