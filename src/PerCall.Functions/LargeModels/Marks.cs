namespace PerCall.Functions.LargeModels;

/// <summary>Says that a large model generated the answer.</summary>
public static class Marks
{
    /// <summary>The response header. Its value is the model's public name.</summary>
    public const string Header = "x-percall-ai-generated";
}
