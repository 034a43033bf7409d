namespace PerCall.Functions.Tenancy.Demo;

/// <summary>The key of the demo tenant in development.</summary>
public sealed class DemoKey
{
    public const string Setting = "PERCALL_DEMO_KEY";

    /// <summary>The key; null outside development, or when the service runs without keys.</summary>
    public string? Text { get; set; }
}
