namespace PerCall.Functions.Routes;

/// <summary>Marks a function of the Open Inference Protocol. Its errors have the protocol's form.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenInferenceAttribute : Attribute;
