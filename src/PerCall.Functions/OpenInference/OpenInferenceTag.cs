namespace PerCall.Functions.OpenInference;

/// <summary>The group of the protocol's operations in the API reference.</summary>
internal static class OpenInferenceTag
{
    public const string Name = "Open Inference";
}
